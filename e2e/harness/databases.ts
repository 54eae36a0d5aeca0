import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Product } from './product.ts'

export type Role = 'gateway' | 'vault' | 'superuser'
export type DatabaseName = 'tessera_gateway' | 'tessera_vault' | 'postgres' | 'template1'

/** The embedded PostgreSQL, opened with the very credentials that the product's processes have. */
export function databasesOf(product: Product) {
  const dataFolder = join(product.dataDirectory, 'postgres/data')
  const passwords = JSON.parse(readFileSync(join(product.dataDirectory, 'keys/postgres.json'), 'utf8'))

  async function connect(role: Role, database: DatabaseName): Promise<pg.Client> {
    // PostgreSQL writes its port into the fourth line of its lock file.
    const port = Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[3])
    const user = role === 'superuser' ? 'postgres' : `tessera_${role}`
    const client = new pg.Client({ host: '127.0.0.1', port, user, password: passwords[role], database })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  return {
    dataFolder,
    connect,
    async with<T>(role: Role, database: DatabaseName, run: (client: pg.Client) => Promise<T>): Promise<T> {
      const client = await connect(role, database)
      try {
        return await run(client)
      } finally {
        await client.end()
      }
    },
  }
}

export type Databases = ReturnType<typeof databasesOf>
