import { realTimers } from '@tessera/lib/timers'
import pg from 'pg'

export type Role = 'lookups' | 'plain'

/** As the gateway opens its pools (`store/database.ts`): the planner settings decide in which order rows come. */
const optionsOf: Record<Role, string> = {
  lookups: '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan',
  plain: '-c plan_cache_mode=force_generic_plan',
}

export interface Session {
  readonly role: Role
  readonly client: pg.Client
  readonly pid: number
}

export type Statement = { text: string; name?: string; values?: unknown[] }

/** Outcome of a statement that ran, or that waits for a lock which another session holds. */
export type Run =
  | { blocked: false; settle: () => pg.QueryResult }
  | { blocked: true; done: Promise<() => pg.QueryResult> }

const lookAfterMs = 25

/** Real connections to the real database, shared by all simulated processes: only one statement runs at a time. */
export class Sessions {
  readonly #url: string
  readonly #idle: Record<Role, Session[]> = { lookups: [], plain: [] }
  readonly #all: Session[] = []
  #watch: pg.Client | undefined

  constructor(url: string) {
    this.#url = url
  }

  async take(role: Role): Promise<Session> {
    const idle = this.#idle[role].pop()
    if (idle !== undefined) return idle
    const client = new pg.Client({ connectionString: this.#url, options: optionsOf[role] })
    client.on('error', () => {})
    await client.connect()
    const { rows } = await client.query('select pg_backend_pid() as pid')
    const session = { role, client, pid: rows[0].pid as number }
    this.#all.push(session)
    return session
  }

  give(session: Session): void {
    this.#idle[session.role].push(session)
  }

  /** Runs a statement to its end, or to the lock that it must wait for: since nothing else runs, it would wait for ever. */
  async run(session: Session, statement: Statement): Promise<Run> {
    const done = session.client.query(statement as pg.QueryConfig).then(
      (result) => () => result,
      (error: unknown) => () => {
        throw error
      },
    )
    return this.lookAt(session, done)
  }

  async lookAt(session: Session, done: Promise<() => pg.QueryResult>): Promise<Run> {
    for (;;) {
      const { promise: late, resolve } = Promise.withResolvers<null>()
      const timer = realTimers.after(lookAfterMs, () => resolve(null))
      const settle = await Promise.race([done, late])
      timer.cancel()
      if (settle !== null) return { blocked: false, settle }
      if (await this.#waitsForLock(session)) return { blocked: true, done }
    }
  }

  /** As nobody's: for the harness's own questions. */
  async ask<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]> {
    const session = await this.take('plain')
    try {
      return (await session.client.query<Row>(text, values)).rows
    } finally {
      this.give(session)
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#watch?.end(), ...this.#all.map(({ client }) => client.end())])
  }

  async #waitsForLock(session: Session): Promise<boolean> {
    if (this.#watch === undefined) {
      this.#watch = new pg.Client({ connectionString: this.#url })
      await this.#watch.connect()
    }
    const { rows } = await this.#watch.query('select cardinality(pg_blocking_pids($1)) > 0 as waits', [session.pid])
    return rows[0].waits
  }
}
