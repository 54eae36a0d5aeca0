import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RunSummary } from './simulate.ts'

export type ToJob = { seed: number | null }
export type FromJob = { wants: 'seed' } | { result: RunSummary } | { cpuMs: number }

const entry = fileURLToPath(new URL('./job/main.ts', import.meta.url))

/**
 * Runs seeds in processes of their own, side by side. A seed is the same run in each of them: none shares its database, and
 * none knows what another does. Resolves with the processor time that they used; rejects when one of them dies.
 */
export async function runInJobs(parts: {
  jobs: number
  serverUrl: string
  /** The next seed; null when there is none. */
  next(): number | null
  onResult(result: RunSummary): void
}): Promise<number> {
  const used = await Promise.all(Array.from({ length: parts.jobs }, () => runJob(parts)))
  return used.reduce((sum, cpuMs) => sum + cpuMs, 0)
}

function runJob(parts: Parameters<typeof runInJobs>[0]): Promise<number> {
  const child = fork(entry, [parts.serverUrl], { execArgv: [] })
  return new Promise((resolve, reject) => {
    let cpuMs = 0
    child.on('message', (message: FromJob) => {
      if ('wants' in message) child.send({ seed: parts.next() } satisfies ToJob)
      else if ('result' in message) parts.onResult(message.result)
      else cpuMs = message.cpuMs
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(cpuMs)
      else reject(new Error(`a job ended with ${code ?? signal}`))
    })
  })
}
