import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Deployment } from './deployment.ts'

/** The databases of a deployment and the one of the reference, all on the same server. */
export interface Databases {
  gateway: pg.Pool
  vault: pg.Pool
  reference: pg.Pool
  close(): Promise<void>
}

/** As the reference is defined. */
const referenceConnections = 16

export async function openDatabases({ dataDirectory }: Deployment): Promise<Databases> {
  const { superuser } = JSON.parse(readFileSync(join(dataDirectory, 'keys/postgres.json'), 'utf8'))
  // PostgreSQL writes its port into the fourth line of its lock file.
  const port = Number(readFileSync(join(dataDirectory, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[3])
  const poolFor = (database: string, max: number) =>
    // Connections stay: what a backend used shows under its own name only while it lives.
    new pg.Pool({ host: '127.0.0.1', port, user: 'postgres', password: superuser, database, max, idleTimeoutMillis: 0 })
  const server = poolFor('postgres', 1)
  await server.query('create database tessera_bench')
  await server.end()
  const pools = {
    gateway: poolFor('tessera_gateway', 2),
    vault: poolFor('tessera_vault', 2),
    reference: poolFor('tessera_bench', referenceConnections),
  }
  return {
    ...pools,
    async close() {
      await Promise.all(Object.values(pools).map((pool) => pool.end()))
    },
  }
}

const durabilitySettings = ['fsync', 'synchronous_commit', 'full_page_writes', 'server_version'] as const

/** What each database says of its durability: a figure without it is worth nothing. */
export async function showSettings(databases: Databases): Promise<Record<string, Record<string, string>>> {
  const { gateway, vault, reference } = databases
  const shown: Record<string, Record<string, string>> = {}
  for (const [name, pool] of Object.entries({ gateway, vault, reference })) {
    shown[name] = {}
    for (const setting of durabilitySettings) {
      const { rows } = await pool.query(`show ${setting}`)
      shown[name][setting] = rows[0][setting]
    }
  }
  return shown
}

export async function countOf(pool: pg.Pool, query: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`select count(*) from ${query}`)
  return Number(rows[0]?.count)
}
