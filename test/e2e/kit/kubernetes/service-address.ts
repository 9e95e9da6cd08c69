/** The address of the service `kubernetes`, where pods find the API server: what kube-proxy would do, for this one service. */
import { TcpProxy } from '../../../kit/tcp-proxy.ts'
import { addAddress, removeAddress } from './forgotten.ts'

export interface Service extends AsyncDisposable {
  /** Bytes that went from the API server to pods so far. */
  readonly receivedBytes: number
}

/** Takes connections at port 443 of the address, which the machine owns from then on, to `port` of 127.0.0.1. */
export async function forwardService(address: string, port: number): Promise<Service> {
  addAddress(address)
  const proxy = await TcpProxy.start(port, { host: address, port: 443 })
  return {
    get receivedBytes() {
      return proxy.receivedBytes
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      removeAddress(address)
    },
  }
}
