import { openRunDatabase } from './database/database.ts'
import { type RunSummary, simulate, summaryOf } from './simulate.ts'
import { openShop } from './world/merchant.ts'

/** Runs seeds one after another in this process, in a database of their own; ends when `next` has none. */
export async function runSeeds(parts: {
  serverUrl: string
  next(): Promise<number | null>
  onResult(result: RunSummary): void
  trace?(line: string): void
}): Promise<void> {
  const { serverUrl, next, onResult, trace } = parts
  const database = await openRunDatabase(serverUrl)
  try {
    const shop = await openShop(database.sessions)
    for (let seed = await next(); seed !== null; seed = await next()) {
      onResult(summaryOf(await simulate({ seed: String(seed), database, shop, trace })))
    }
  } finally {
    await database.close()
  }
}
