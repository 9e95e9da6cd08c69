/** The address of the service `kubernetes`, where pods find the API server: what kube-proxy would do, for this one service. */
import { startTcpMeter } from '../../../kit/tcp-meter.ts'
import { addAddress, removeAddress } from './forgotten.ts'

export interface Forwarder extends AsyncDisposable {
  /** Bytes that went from the API server to pods so far. */
  readonly receivedBytes: number
}

/** Takes connections at port 443 of the address, which the machine owns from then on, to `port` of 127.0.0.1. */
export async function forwardService(address: string, port: number): Promise<Forwarder> {
  addAddress(address)
  const meter = await startTcpMeter(port, { host: address, port: 443 })
  return {
    get receivedBytes() {
      return meter.receivedBytes
    },
    async [Symbol.asyncDispose]() {
      await meter[Symbol.asyncDispose]()
      removeAddress(address)
    },
  }
}
