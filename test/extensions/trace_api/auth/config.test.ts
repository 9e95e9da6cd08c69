import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import {
  allowedOrigins,
  auditLog,
  auth,
  checkAuth,
  policy,
} from '../../../../extensions/trace_api/auth/config.ts'
import { endpoint, listenerTls } from '../../../../pipeline/config.ts'

const config = z
  .strictObject({
    endpoint: endpoint({ listen: true }).prefault('127.0.0.1:9095'),
    tls: listenerTls(),
    auth: auth.prefault({}),
    policy: policy.prefault({}),
    allowed_origins: allowedOrigins,
    audit_log: auditLog,
  })
  .superRefine(checkAuth)

const TLS = { cert_file: 'a.pem', key_file: 'a.key' }
const TOKEN = { name: 'ci', token: '0123456789abcdef', namespaces: ['shop'] }
const USERS = [{ name: 'ann', namespaces: ['*'] }]
const OPEN =
  'auth: must have kubernetes, tokens, htpasswd or certificates, since 0.0.0.0:9095 is not for this host alone; or set auth::insecure_allow_anonymous to let whoever reaches it trace everything'

const rules = suite('configuration')
for (const [name, given, want] of [
  ['nothing: for this host alone', {}, []],
  ['localhost by name', { endpoint: 'LocalHost:1' }, []],
  ['localhost of IPv6', { endpoint: '[::1]:1' }, []],
  ['another address of localhost', { endpoint: '127.1.2.3:1' }, []],
  ['all addresses without a login', { endpoint: '0.0.0.0:9095' }, [OPEN]],
  ['all addresses of both families', { endpoint: ':9095' }, [OPEN.replace('0.0.0.0', '[::]')]],
  [
    'a name that begins like localhost',
    { endpoint: 'localhost.evil:9095' },
    [OPEN.replace('0.0.0.0', 'localhost.evil')],
  ],
  ['TLS is no login', { endpoint: '0.0.0.0:9095', tls: TLS }, [OPEN]],
  ['spelled out', { endpoint: '0.0.0.0:9095', auth: { insecure_allow_anonymous: true } }, []],
  ['with the cluster', { endpoint: ':9095', auth: { kubernetes: {} } }, []],
  ['with a token', { endpoint: ':9095', auth: { tokens: [TOKEN] } }, []],
  ['with passwords', { endpoint: ':9095', auth: { htpasswd: { file: 'x', users: USERS } } }, []],
  [
    'certificates without TLS',
    { auth: { kubernetes: { client_ca_file: 'ca.pem' } } },
    ['tls: must be set, since there is auth::…::client_ca_file: certificates come with TLS'],
  ],
  [
    'two authorities',
    {
      tls: { ...TLS, client_ca_file: 'x' },
      auth: { certificates: { client_ca_file: 'ca.pem', users: USERS }, kubernetes: { client_ca_file: 'y' } },
    },
    [
      'auth.certificates: must not be set together with kubernetes::client_ca_file; keep one',
      'tls.client_ca_file: must not be set together with auth::…::client_ca_file; keep one',
    ],
  ],
  [
    'a token that can be guessed, by name alone, twice, and for nobody',
    {
      auth: {
        tokens: [
          { ...TOKEN, token: '0123456789abcde' },
          { name: 'x', namespaces: ['a'] },
          { ...TOKEN, token_file: 'x' },
          { ...TOKEN, namespaces: [] },
          { ...TOKEN, verbs: ['list'] },
        ],
      },
    },
    [
      'auth.tokens.0.token: must have at least 16 characters; make one with: openssl rand -hex 32',
      'auth.tokens.1.token: must be set, or token_file, and not both',
      'auth.tokens.2.token: must be set, or token_file, and not both',
      'auth.tokens.3.namespaces: Too small: expected array to have >=1 items',
      'auth.tokens.4.verbs.0: Invalid option: expected one of "get"|"create"|"delete"|"watch"',
    ],
  ],
  [
    'an origin with a path',
    { allowed_origins: ['https://a.example/', 'https://a.example'] },
    ['allowed_origins.0: must be an origin such as "https://tools.example.com", without a path'],
  ],
  [
    'patterns of other kinds',
    { policy: { redact: ['(?=x)', 'token=\\S+'] } },
    [
      'policy.redact.0: must be a regular expression as RE2 has them, got "(?=x)" (error parsing regexp: invalid or unsupported Perl syntax: `(?=`)',
    ],
  ],
] as const)
  rules(`${name}: ${want.length} problems`, () => {
    const { error } = config.safeParse(given)
    assert.equal(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [], want)
  })
rules('a token is never shown', () => {
  const decoded = config.parse({ auth: { tokens: [TOKEN] } })
  assert.not.match(JSON.stringify(decoded), /0123456789/)
})
rules.run()
