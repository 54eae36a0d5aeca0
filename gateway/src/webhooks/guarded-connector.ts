import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { Mode } from '@tessera/contracts/vault-protocol'
import { buildConnector } from 'undici'
import { type AddressGuard, parseAddress } from './address-guard.ts'
import type { Resolve } from './resolver.ts'
import { isLocalhostName, mayBeLoopback } from './url-rule.ts'

/** The receiver's name leads to an address that webhooks are not sent to. Does not say which: that would be a map of our network. */
export class AddressNotAllowed extends Error {
  constructor() {
    super('the receiver has no public address')
    this.name = 'AddressNotAllowed'
  }
}

const addressesTriedMax = 2

/**
 * Opens connections to checked addresses only. The name is resolved once, here, and the connection is made to the very
 * address that was checked, so a name server that answers differently the next time changes nothing. The address that the
 * socket says it has reached is checked again: literals never pass a resolver, and nothing else may get around this.
 */
export function createGuardedConnector(options: {
  mode: Mode
  guard: AddressGuard
  resolve: Resolve
  connectTimeoutMs: number
  tls?: Pick<ConnectionOptions, 'ca'>
}): buildConnector.connector {
  const { mode, guard, resolve } = options
  const connect = buildConnector({ ...options.tls, allowH2: false, timeout: options.connectTimeoutMs })

  async function connectGuarded(target: buildConnector.Options): Promise<Socket> {
    const loopback = mayBeLoopback(target.hostname, mode)
    const found = await addressesOf(target.hostname, resolve)
    const allowed = found.filter((address) => guard.allows(address, loopback)).slice(0, addressesTriedMax)
    let fault: unknown = new AddressNotAllowed()
    for (const address of allowed) {
      try {
        const socket = await connectTo(connect, { ...target, hostname: address })
        if (socket.remoteAddress !== undefined && guard.allows(socket.remoteAddress, loopback)) return socket
        socket.destroy()
        fault = new AddressNotAllowed()
      } catch (error) {
        fault = error
      }
    }
    throw fault
  }

  return (target, callback) => {
    connectGuarded(target).then(
      (socket) => callback(null, socket),
      (error) => callback(error, null),
    )
  }
}

async function addressesOf(hostname: string, resolve: Resolve): Promise<string[]> {
  if (isLocalhostName(hostname)) return ['127.0.0.1', '::1']
  return parseAddress(hostname) === null ? resolve(hostname) : [hostname]
}

function connectTo(connect: buildConnector.connector, target: buildConnector.Options): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connect(target, (error, socket) => (error === null ? resolve(socket) : reject(error)))
  })
}
