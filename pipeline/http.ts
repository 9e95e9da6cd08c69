/**
 * node:http for servers. To import it as a module reads every one of its exports, also those that load Node's fetch and
 * WebSocket: 13 MB for nothing.
 */
import type Http from 'node:http'

export const http: typeof Http = process.getBuiltinModule('node:http')
