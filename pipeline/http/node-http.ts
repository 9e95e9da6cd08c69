/**
 * node:http for servers. To import it as a module reads every one of its exports, also those that load Node's fetch and
 * WebSocket: 13 MB for nothing.
 */
import type Http from 'node:http'
import type Https from 'node:https'

export const http: typeof Http = process.getBuiltinModule('node:http')

/** node:https, loaded by the first listener that needs it. */
export const loadHttps = (): typeof Https => process.getBuiltinModule('node:https')
