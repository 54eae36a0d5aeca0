import type { Pool, QueryResult } from 'pg'
import type { Choices } from '../loop/choices.ts'
import type { Life } from '../loop/life.ts'
import type { Scheduler } from '../loop/scheduler.ts'
import type { Points } from '../world/points.ts'
import { connectionLost, type DatabaseWeather, drawFault, drawWire, endsSession, type Fault } from './faults.ts'
import type { Role, Run, Session, Sessions, Statement } from './sessions.ts'

export interface PoolParts {
  sessions: Sessions
  scheduler: Scheduler
  choices: Choices
  weather: DatabaseWeather
  points: Points
  /** A planted fault of the product: the text that is run instead. */
  rewrite?(statement: Statement): Statement
}

/** Statements that wait for a lock which another session holds. */
interface Blocked {
  session: Session
  done: Promise<() => QueryResult>
  resume(settle: () => QueryResult): Promise<void>
}

/** The database as all processes of a run share it. */
export class SharedDatabase {
  readonly parts: PoolParts
  /** So many were run. */
  statements = 0
  readonly #blocked = new Set<Blocked>()

  constructor(parts: PoolParts) {
    this.parts = parts
  }

  /** Looks like a `pg.Pool` to one process. */
  poolOf(life: Life, role: Role): Pool {
    const pool = {
      query: (query: string | Statement, values?: unknown[]) => {
        const statement = typeof query === 'string' ? { text: query, values } : query
        return this.#send(life, role, statement, null)
      },
      connect: () => this.#connect(life, role),
      on: () => pool,
      end: async () => {},
    }
    return pool as unknown as Pool
  }

  async #connect(life: Life, role: Role) {
    const open = new OpenSession(
      await life.call('connects', drawWire(this.parts.weather, this.parts.choices), async () => {
        if (this.parts.weather.isAway) throw connectionLost()
        return this.parts.sessions.take(role)
      }),
    )
    // The server notices sooner or later that its client is gone; until then its locks stay.
    life.whenCrashed(() => {
      this.parts.scheduler.after(this.parts.choices.between(1, 3_000), `${life.name} session ends`, () =>
        this.#end(open),
      )
    })
    return {
      query: (query: string | Statement, values?: unknown[]) => {
        const statement = typeof query === 'string' ? { text: query, values } : query
        return this.#send(life, role, statement, open)
      },
      release: (broken?: Error) => {
        if (broken === undefined) this.#release(open)
        else this.parts.scheduler.after(0, `${life.name} session closed`, () => this.#end(open))
      },
    }
  }

  async #send(life: Life, role: Role, statement: Statement, open: OpenSession | null): Promise<QueryResult> {
    const { choices, weather, scheduler } = this.parts
    const fault = drawFault(weather, choices)
    const wire = drawWire(weather, choices)
    const leftBeforeCrash = choices.chance(0.5)
    const label = `sends ${statement.name ?? statement.text.trim().slice(0, 28).replaceAll('\n', ' ')}`
    if (!life.isAlive) return new Promise(() => {})
    return new Promise<QueryResult>((resolve, reject) => {
      const answer = (settle: () => QueryResult, note: string) => {
        const deliver = () => {
          try {
            resolve(settle())
          } catch (error) {
            reject(error as Error)
          }
        }
        scheduler.log.note(`  ${note}`)
        life.after(wire.backMs, 'database answered', deliver)
      }
      scheduler.after(wire.outMs, `${life.name} ${label}`, async () => {
        if (!life.isAlive && !leftBeforeCrash) return
        if (open?.isGone) return answer(fail(connectionLost()), 'session is gone')
        if (fault?.at === 'before') return answer(fail(fault.error), await this.#meet(fault, open))
        const session = open?.session ?? (await this.parts.sessions.take(role))
        const finish = async (settle: () => QueryResult) => {
          if (open === null) this.parts.sessions.give(session)
          if (open?.isGone) return this.#rollBack(open)
          const isLost = fault !== null
          const note = noteOf(settle)
          this.#notePoints(statement, rowsOf(settle), isLost)
          if (!isLost) return answer(settle, note)
          answer(fail(fault.error), `${note}, ${await this.#meet(fault, open)}`)
        }
        await this.#run(session, this.parts.rewrite?.(statement) ?? statement, finish)
      })
    })
  }

  #notePoints({ name = '', values = [] }: Statement, rows: number | null, isLost: boolean): void {
    const isCreation = name === 'insert-payments'
    if (rows === null || (!isCreation && !name.startsWith('commit-decisions'))) return
    const asked = (JSON.parse(String(values[0])) as unknown[]).length
    if (rows < asked) this.parts.points.hit(isCreation ? 'key taken' : 'decision lost to another')
    if (isLost && rows > 0)
      this.parts.points.hit(isCreation ? 'commit A done, answer lost' : 'commit B done, answer lost')
  }

  async #run(session: Session, statement: Statement, finish: Blocked['resume']): Promise<void> {
    this.statements += 1
    const run = await this.parts.sessions.run(session, statement)
    if (run.blocked) {
      this.parts.scheduler.log.note('  waits for a lock')
      this.parts.points.hit('waited for a lock')
      this.#blocked.add({ session, done: run.done, resume: finish })
      return
    }
    await finish(run.settle)
    await this.#resumeBlocked()
  }

  /** After anything that may have let go of locks. */
  async #resumeBlocked(): Promise<void> {
    for (const blocked of [...this.#blocked]) {
      const run: Run = await this.parts.sessions.lookAt(blocked.session, blocked.done)
      if (run.blocked) continue
      this.#blocked.delete(blocked)
      await blocked.resume(run.settle)
    }
  }

  /** A lost connection takes its transaction with it. */
  async #meet(fault: Fault, open: OpenSession | null): Promise<string> {
    if ((fault.error as { code?: string }).code === '40001') this.parts.points.hit('serialization failure')
    if (open !== null && endsSession(fault)) await this.#end(open)
    return `fault ${fault.at}: ${fault.error.message}`
  }

  async #end(open: OpenSession): Promise<void> {
    if (open.isGone) return
    open.isGone = true
    if ([...this.#blocked].some(({ session }) => session === open.session)) return
    await this.#rollBack(open)
  }

  async #rollBack(open: OpenSession): Promise<void> {
    await open.session.client.query('rollback')
    this.parts.sessions.give(open.session)
    await this.#resumeBlocked()
  }

  #release(open: OpenSession): void {
    if (open.isGone) return
    open.isGone = true
    this.parts.sessions.give(open.session)
  }
}

class OpenSession {
  readonly session: Session
  isGone = false

  constructor(session: Session) {
    this.session = session
  }
}

const fail = (error: Error) => (): QueryResult => {
  throw error
}

function rowsOf(settle: () => QueryResult): number | null {
  try {
    return settle().rowCount
  } catch {
    return null
  }
}

function noteOf(settle: () => QueryResult): string {
  try {
    const { rowCount } = settle()
    return `${rowCount} rows`
  } catch (error) {
    return `database says ${(error as Error).message}`
  }
}
