import type { ChannelOptions } from '@grpc/grpc-js'
import type { OtlpGrpcConfig } from './config.ts'

/** How connections are made, chosen and kept. */
export function channelOptions(config: OtlpGrpcConfig): ChannelOptions {
  const { authority, compression, tls, user_agent: userAgent } = config
  const reconnectMs = Math.min(config.retry_on_failure.initial_interval, 5_000)
  const serverName = tls.server_name_override || authority.replace(/:\d+$/, '')
  return {
    'grpc.default_compression_algorithm': compression === 'gzip' ? 2 : 0,
    'grpc.primary_user_agent': userAgent || 'swoll',
    // A retry should find the channel ready to connect again, so its own back-off is no longer than ours.
    'grpc.initial_reconnect_backoff_ms': Math.min(reconnectMs, 1_000),
    'grpc.max_reconnect_backoff_ms': reconnectMs,
    'grpc.use_local_subchannel_pool': 1, // so that a new client has new connections
    'grpc.service_config_disable_resolution': 1, // no TXT look-ups
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [config.balancer_name]: {} }] }),
    ...(authority && { 'grpc.default_authority': authority }),
    ...(serverName && { 'grpc.ssl_target_name_override': serverName }),
    ...keepaliveOptions(config),
  }
}

function keepaliveOptions({ keepalive }: OtlpGrpcConfig): ChannelOptions {
  if (!keepalive) return {}
  return {
    // gRPC itself takes no less than 10 s.
    'grpc.keepalive_time_ms': Math.max(keepalive.time, 10_000),
    ...(keepalive.timeout > 0 && { 'grpc.keepalive_timeout_ms': keepalive.timeout }),
    'grpc.keepalive_permit_without_calls': keepalive.permit_without_stream ? 1 : 0,
  }
}
