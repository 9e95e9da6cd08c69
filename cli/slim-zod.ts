/**
 * Keeps zod's messages in some fifty languages out of memory: they are loaded with it, swoll speaks English only, and without
 * them the agent is 8 MB smaller. To be imported before anything imports zod.
 */
import { registerHooks } from 'node:module'

const LOCALES = /\/zod\/v4\/locales\/index\.c?js$/

registerHooks({
  load: (url, context, load) =>
    LOCALES.test(url) ? { format: 'module', source: '', shortCircuit: true } : load(url, context),
})
