import type pg from 'pg'
import type { DatabasePasswords } from '../data-directory/keys.ts'
import type { RunningCluster } from './cluster.ts'
import { postgresUrl, withConnection } from './connect.ts'

export interface DatabaseUrls {
  gateway: string
  vault: string
}

/** Gateway and vault have a role and a database each, by the same name; neither role can open the other's. */
export const databaseOwners = { gateway: 'tessera_gateway', vault: 'tessera_vault' } as const

/** Makes what is missing, so that a start that was interrupted in the middle is completed by the next one. */
export async function ensureDatabases(cluster: RunningCluster, passwords: DatabasePasswords): Promise<DatabaseUrls> {
  await withConnection(cluster.url('postgres'), async (client) => {
    const roles = await namesOf(client, 'select rolname as name from pg_roles')
    const databases = await namesOf(client, 'select datname as name from pg_database')
    for (const [room, owner] of Object.entries(databaseOwners) as [keyof DatabaseUrls, string][]) {
      if (!roles.has(owner)) {
        await client.query(`create role ${owner} login password ${client.escapeLiteral(passwords[room])}`)
      }
      if (!databases.has(owner)) await client.query(`create database ${owner} owner ${owner}`)
      await client.query(`revoke all on database ${owner} from public`)
    }
    await client.query('revoke all on database postgres, template1 from public')
  })
  const urlOf = (room: keyof DatabaseUrls) =>
    postgresUrl({
      user: databaseOwners[room],
      password: passwords[room],
      port: cluster.port,
      database: databaseOwners[room],
    })
  return { gateway: urlOf('gateway'), vault: urlOf('vault') }
}

async function namesOf(client: pg.Client, query: string): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(query)
  return new Set(rows.map((row) => row.name))
}
