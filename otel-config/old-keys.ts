/** Keys that the Collector has elsewhere, had once under another name, or has and this program has not. */
import type { Path } from './issues.ts'

const inTls = (key: string) => [`exporters::*::${key}`, `it is "tls::${key}" here`] as const
const inQueue = (key: string) =>
  [
    `exporters::*::${key}`,
    `it is "sending_queue::${key}" here; of prometheus_remote_write "remote_write_queue::${key}"`,
  ] as const
const QUEUE_AND_RETRY = 'it became "sending_queue" and "retry_on_failure"'

/** Remedies by path; `*` stands for the id of a component or pipeline, `**` in front for any path. */
const REMEDIES: Readonly<Record<string, string>> = Object.fromEntries([
  ['pipelines', 'it stands in "service"'],
  ['telemetry', 'it stands in "service"'],
  ['service::telemetry::metrics::address', 'write readers: [{pull: {exporter: {prometheus: {host, port}}}}]'],
  ['service::telemetry::log_level', 'it is "logs::level" here'],
  ['service::telemetry::metrics_level', 'it is "metrics::level" here'],
  ['service::ballast', 'remove it: the memory of this program needs none'],
  ['exporters::*::loglevel', 'it is "verbosity" here'],
  ['exporters::*::logging_level', 'it is "verbosity" here'],
  ['exporters::*::tls_settings', 'it is "tls" here'],
  ['exporters::*::batcher', 'it became "sending_queue::batch"'],
  ['exporters::*::queued_retry', QUEUE_AND_RETRY],
  ['exporters::*::retry_settings', 'it is "retry_on_failure" here'],
  ['exporters::*::retry', 'it is "retry_on_failure" here'],
  ['exporters::*::queue', 'it is "sending_queue" here; of prometheus_remote_write "remote_write_queue"'],
  [
    'exporters::*::sending_queue',
    'otlp_grpc and otlp_http have it; that of prometheus_remote_write is "remote_write_queue"',
  ],
  ['exporters::*::block_on_overflow', 'it is "sending_queue::block_on_overflow" here'],
  ['exporters::*::retry_on_failure::max_retries', 'retries end by time: "max_elapsed_time"'],
  ['exporters::*::sending_queue::blocking', 'it is "block_on_overflow" here'],
  ['exporters::*::sending_queue::batch::send_batch_max_size', 'it is "max_size" here'],
  ['exporters::*::sending_queue::batch::send_batch_size', 'it is "min_size" here'],
  ['exporters::*::sending_queue::batch::timeout', 'it is "flush_timeout" here'],
  ['exporters::*::per_rpc_auth', 'it became "auth", with an extension: bearertokenauth'],
  ['exporters::*::auth', 'nobody logs in here: have a proxy in front do it'],
  [
    'extensions::*::htpasswd',
    'remove it: it is for what takes data of others; "client_auth" is for exporters',
  ],
  ['exporters::*::group_by', 'remove it: one exporter writes one file'],
  ['exporters::*::output_paths', 'remove it: "use_internal_logger: false" writes to standard output'],
  ['exporters::*::cors', 'remove it: pages of other sites may not read what is served here'],
  ['exporters::*::include_metadata', 'remove it: nothing here goes by the headers of a request'],
  ['exporters::*::max_request_body_size', 'remove it: requests have no body here'],
  ['exporters::*::response_headers', 'remove it, or have a proxy in front add headers'],
  ['exporters::*::tls::ca', 'it is "ca_file" here'],
  ['exporters::*::tls::cert', 'it is "cert_file" here'],
  ['exporters::*::tls::key', 'it is "key_file" here'],
  ['exporters::*::cert_pem_file', 'it is "tls::cert_file" here'],
  ['processors::*::api_config', 'it became "auth_type" and "kube_config_path"'],
  ['processors::*::owner_lookup_enabled', 'remove it: owners are found by themselves'],
  ...['insecure', 'insecure_skip_verify', 'ca_file', 'cert_file', 'key_file', 'server_name_override'].map(
    inTls,
  ),
  ...['queue_size', 'num_consumers'].map(inQueue),
])

/** Sections whose keys are the names of components. */
const NAMED = new Set(['receivers', 'processors', 'exporters', 'connectors', 'extensions'])

/** Returns where a key that is not known here has its place now; undefined if nobody knows. */
export function hintForOldKey(path: Path): string | undefined {
  const steps = path.map((step, i) => (i === 1 && NAMED.has(String(path[0])) ? '*' : step))
  const key = steps.join('::')
  return Object.hasOwn(REMEDIES, key) ? REMEDIES[key] : undefined
}
