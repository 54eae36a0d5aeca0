import { randomInt } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Random } from '@tessera/lib/random'
import type { Product } from '../harness/product.ts'
import { KeptProcess } from './kept-process.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A gateway and a vault of their own beside those of `tessera start`, with a wire of ours wherever they speak to anybody. */
export interface Wired {
  /** The same product, met at this gateway and this vault. */
  product: Product
  gateway: KeptProcess
  vault: KeptProcess
  wires: Record<'database' | 'vault' | 'acquirer', TcpProxy>
  /** The vault's root key as it finds it at its next start. */
  rootKeyFile: string
  stop(): Promise<void>
}

export async function wire(product: Product, random: Random): Promise<Wired> {
  const { dataDirectory, credentials } = product
  const keys = (name: string) => join(dataDirectory, 'keys', name)
  const passwords = JSON.parse(readFileSync(keys('postgres.json'), 'utf8'))
  const { processes } = await product.status()
  // Ports stay the same when a process is started again.
  const lockFile = readFileSync(join(dataDirectory, 'postgres/data/postmaster.pid'), 'utf8')
  const databasePort = Number(lockFile.split('\n')[3])
  const sandboxPort = Number(new URL(processes.sandbox?.urls?.acquirer ?? '').port)
  const [gatewayPort, vaultPort, internalPort, metricsPort] = (await freePorts(4)) as [number, number, number, number]
  const wires = {
    database: await startTcpProxy({ target: () => databasePort, random }),
    vault: await startTcpProxy({ target: () => internalPort, random }),
    acquirer: await startTcpProxy({ target: () => sandboxPort, random }),
  }
  const rootKeyFile = keys('root-of-the-second-vault.key')
  copyFileSync(keys('root.key'), rootKeyFile)
  const databaseUrl = (role: string, port: number) =>
    `postgres://tessera_${role}:${encodeURIComponent(passwords[role])}@127.0.0.1:${port}/tessera_${role}`
  const url = (port: number) => `http://127.0.0.1:${port}`
  const common = { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: join(dataDirectory, 'cache') }

  const vault = new KeptProcess('vault', {
    ...common,
    VAULT_DATABASE_URL: databaseUrl('vault', databasePort),
    TESSERA_VAULT_PORT: String(vaultPort),
    TESSERA_VAULT_INTERNAL_PORT: String(internalPort),
    TESSERA_INTERNAL_SECRET_FILE: keys('internal.key'),
    TESSERA_ROOT_KEY: `file:${rootKeyFile}`,
    TESSERA_SANDBOX_URL: url(wires.acquirer.port),
    TESSERA_GATEWAY_PUBLIC_URL: url(gatewayPort),
  })
  const gateway = new KeptProcess('gateway', {
    ...common,
    DATABASE_URL: databaseUrl('gateway', wires.database.port),
    TESSERA_GATEWAY_PORT: String(gatewayPort),
    TESSERA_METRICS_PORT: String(metricsPort),
    TESSERA_PUBLIC_URL: url(gatewayPort),
    TESSERA_VAULT_URL: url(wires.vault.port),
    TESSERA_VAULT_PUBLIC_URL: url(vaultPort),
    TESSERA_DIRECTORY_SERVER_TEST_URL: `${url(wires.acquirer.port)}/ds`,
    TESSERA_INTERNAL_SECRET_FILE: keys('internal.key'),
    TESSERA_SEALING_KEY_FILE: keys('sealing.key'),
  })
  await vault.start()
  await gateway.start()

  return {
    product: {
      ...product,
      credentials: { ...credentials, gatewayUrl: url(gatewayPort), vaultUrl: url(vaultPort) },
      async advanceClock(ms) {
        await product.advanceClock(ms)
        for (const each of [gateway, vault]) each.advanceClock(ms)
      },
      output: () => `${product.output()}\n${gateway.output}\n${vault.output}`,
    },
    gateway,
    vault,
    wires,
    rootKeyFile,
    async stop() {
      await Promise.all([gateway.end(), vault.end()])
      await Promise.all(Object.values(wires).map((each) => each.stop()))
    },
  }
}

/**
 * Below the range from which the system takes ports of its own choice: while a process is being started again, nobody's
 * connection or receiver sits on its port.
 */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
