/** The options of `swoll certificates`, and what they say. */
import { type Command, Option } from 'commander'
import type { CertificateSettings } from '../controller/certificates/plan.ts'
import { decodeDuration } from '../pipeline/duration.ts'
import { SwollError } from '../pipeline/errors.ts'
import { KnownOption } from './option.ts'

export interface TypedCertificates {
  readonly name: string
  readonly namespace: string
  readonly dnsName?: readonly string[]
  readonly lifetime: string
  readonly authorityLifetime: string
  readonly overlap: string
  readonly rotate?: true
  readonly kubeconfig?: string
}

export interface CertificateOptions extends CertificateSettings {
  readonly namespace: string
  readonly isRotation: boolean
  readonly kubeconfig: string | undefined
}

/** Three years. */
const AUTHORITY_LIFETIME = '26280h'
/** Thirty days: as long as the longest duration of a Trace, whose pod reads once which authorities to trust. */
const OVERLAP = '720h'
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

export function addCertificateOptions(command: Command): Command {
  return command
    .addOption(new Option('--name <name>', 'the full name of the release').makeOptionMandatory())
    .addOption(new Option('-n, --namespace <namespace>', 'its namespace').makeOptionMandatory())
    .addOption(
      new KnownOption('--dns-name <name>', 'of the servers; default: NAME.NAMESPACE.svc, localhost', {
        isList: true,
      }),
    )
    .addOption(new KnownOption('--lifetime <duration>', 'of a certificate of servers').default('2160h'))
    .addOption(
      new KnownOption('--authority-lifetime <duration>', 'of an authority').default(AUTHORITY_LIFETIME),
    )
    .addOption(
      new KnownOption('--overlap <duration>', 'how long an authority is trusted before it signs').default(
        OVERLAP,
      ),
    )
    .addOption(new KnownOption('--rotate', 'announce another authority now'))
    .addOption(
      new KnownOption('-k, --kubeconfig <file>', 'how to reach the API server; default: as a pod does', {
        completes: 'files',
      }),
    )
}

/** Throws USAGE_INVALID. */
export function decodeCertificateOptions(typed: TypedCertificates): CertificateOptions {
  const name = checkName('--name', typed.name)
  const namespace = checkName('--namespace', typed.namespace)
  const dnsNames = typed.dnsName ?? [`${name}.${namespace}.svc`, 'localhost']
  return {
    name,
    namespace,
    dnsNames: dnsNames.map(each => checkName('--dns-name', each)),
    servingLifetimeMs: decodeTime('--lifetime', typed.lifetime, 1),
    authorityLifetimeMs: decodeTime('--authority-lifetime', typed.authorityLifetime, 1),
    overlapMs: decodeTime('--overlap', typed.overlap, 0),
    isRotation: typed.rotate === true,
    kubeconfig: typed.kubeconfig,
  }
}

function decodeTime(option: string, text: string, leastMs: number): number {
  const ms = decodeDuration(text)
  if (ms !== undefined && ms >= leastMs) return ms
  throw usageInvalid(`${option}: must be a duration such as "2160h", got ${JSON.stringify(text)}`)
}

function checkName(option: string, text: string): string {
  if (DNS_NAME.test(text)) return text
  throw usageInvalid(`${option}: must be a name as DNS has them, got ${JSON.stringify(text)}`)
}

const usageInvalid = (message: string) => new SwollError('USAGE_INVALID', message)
