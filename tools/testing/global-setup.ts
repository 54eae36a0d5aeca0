import { startThrowawayPostgres } from '@tessera/cli/postgres/throwaway'

/** One PostgreSQL for the whole run. Set TESSERA_TEST_POSTGRES to a superuser's URL to use another. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TESSERA_TEST_POSTGRES !== undefined) return undefined
  const postgres = await startThrowawayPostgres()
  process.env.TESSERA_TEST_POSTGRES = postgres.url
  return () => postgres.stop()
}
