import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '@tessera/lib/random'
import type { Timers } from '@tessera/lib/timers'
import { lastLines } from '../data-directory/logs.ts'
import { pickFreePort } from '../ports/free-port.ts'
import { postgresUrl } from './connect.ts'
import { runAs } from './identity.ts'
import { endLeftover, recordedPid, recordedStatus } from './leftover.ts'
import type { PostgresPlace } from './place.ts'
import { accessText, configurationText } from './settings.ts'

export interface ClusterOptions {
  place: PostgresPlace
  superuserPassword: string
  logFile: string
  /** False only for throw-away clusters. */
  durable: boolean
  maxConnections: number
  timers: Timers
  random: Random
  /** The port that the others know from before a crash. Without it, any free one. */
  port?: number
  /** Gives a start up that takes long, as after a crash. */
  signal?: AbortSignal
}

export interface RunningCluster {
  port: number
  pid: number
  url(database: string): string
  /** Resolves when the postmaster has ended, wanted or not. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Disconnects everybody and ends within seconds; `atOnce` skips the checkpoint. */
  stop(atOnce?: boolean): Promise<void>
}

export class PostgresFailed extends Error {
  override name = 'PostgresFailed'
}

const superuser = 'postgres'

const startsMax = 5

/** Makes the cluster if there is none, ends a leftover postmaster and starts PostgreSQL as a child process. */
export async function startCluster(o: ClusterOptions): Promise<RunningCluster> {
  const dataFolder = dataFolderOf(o.place)
  if (!existsSync(dataFolder)) await initialise(o, dataFolder)
  for (let start = 1; start <= startsMax; start++) {
    await endLeftover(dataFolder, o.timers)
    const port = o.port ?? (await pickFreePort(o.random))
    const started = await startOnce(o, dataFolder, port)
    if (started !== 'lost') return started
    await o.timers.sleep(start * 100, o.signal)
  }
  throw new PostgresFailed(`PostgreSQL does not start.\n${lastLines(o.logFile)}`)
}

export function dataFolderOf(place: PostgresPlace): string {
  return join(place.folder, 'data')
}

async function initialise(o: ClusterOptions, dataFolder: string): Promise<void> {
  const { place } = o
  // Made beside its place and renamed when complete, so that an interrupted run leaves nothing half made.
  const unfinished = `${dataFolder}.unfinished`
  const passwordFile = join(place.folder, 'initial-password')
  rmSync(unfinished, { recursive: true, force: true })
  writeFileSync(passwordFile, `${o.superuserPassword}\n`, { mode: 0o600 })
  if (place.identity.kind === 'dropped') chownSync(passwordFile, place.identity.uid, place.identity.gid)
  try {
    const options = ['--username', superuser, '--pwfile', passwordFile, '--auth', 'scram-sha-256']
    options.push('--encoding', 'UTF8', '--locale', 'C', '--data-checksums', '--no-instructions')
    if (!o.durable) options.push('--no-sync')
    const child = run(o, [join(place.binaries.home, 'bin', 'initdb'), '--pgdata', unfinished, ...options])
    const { code, error } = await endOf(child)
    if (code !== 0)
      throw new PostgresFailed(`initdb failed.\n${error?.message ?? lastLines(o.logFile)}`, { cause: error })
    renameSync(unfinished, dataFolder)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

/** `lost`: it ended before it was ready, as when another process took the port. */
async function startOnce(o: ClusterOptions, dataFolder: string, port: number): Promise<RunningCluster | 'lost'> {
  writeSettings(o, dataFolder, port)
  const child = run(o, [join(o.place.binaries.home, 'bin', 'postgres'), '-D', dataFolder])
  let over = false
  const ended = endOf(child).then((end) => {
    over = true
    return end
  })
  while (recordedPid(dataFolder) !== child.pid || recordedStatus(dataFolder) !== 'ready') {
    if (o.signal?.aborted) {
      child.kill('SIGINT')
      await ended
      throw o.signal.reason
    }
    if (over) {
      const { error } = await ended
      if (error) throw new PostgresFailed(`PostgreSQL cannot be run: ${error.message}`, { cause: error })
      return 'lost'
    }
    await o.timers.sleep(10)
  }
  return {
    port,
    pid: child.pid as number,
    ended,
    url: (database) => postgresUrl({ user: superuser, password: o.superuserPassword, port, database }),
    async stop(atOnce = false) {
      child.kill(atOnce ? 'SIGQUIT' : 'SIGINT')
      const giveUp = o.timers.after(15_000, () => child.kill('SIGQUIT'))
      await ended
      giveUp.cancel()
    },
  }
}

function writeSettings(o: ClusterOptions, dataFolder: string, port: number): void {
  const { durable, maxConnections, place } = o
  const { majorVersion } = place.binaries
  const settings = configurationText({ port, majorVersion, durable, maxConnections })
  writeIfOther(join(dataFolder, 'postgresql.conf'), settings)
  writeIfOther(join(dataFolder, 'pg_hba.conf'), accessText)
}

/** Both files exist since initdb; writing keeps their owner and mode. On a full disk it would empty them: not without need. */
function writeIfOther(path: string, text: string): void {
  if (readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
}

function run(o: ClusterOptions, command: [string, ...string[]]): ChildProcess {
  const { file, args, owner } = runAs(o.place.identity, command)
  // A file and not a pipe: PostgreSQL may outlive this process, and must not block on a reader that is gone.
  const log = openSync(o.logFile, 'a', 0o600)
  try {
    return spawn(file, args, {
      ...owner,
      cwd: o.place.folder,
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', log, log],
      // A process group of its own: Ctrl-C is for the supervisor, which stops the others first.
      detached: true,
    })
  } finally {
    closeSync(log)
  }
}

interface End {
  code: number | null
  signal: NodeJS.Signals | null
  error?: Error
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}
