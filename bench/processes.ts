import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Deployment } from './deployment.ts'

/** Memory and CPU time of the product's processes, as Linux counts them. */

const ticksPerSecond = 100

export const canMeasureProcesses = existsSync('/proc/self/smaps_rollup')

interface ProcessFacts {
  pid: number
  parent: number
  /** Of the process itself, and of its children that have ended. */
  cpuMs: number
  endedChildrenCpuMs: number
  command: string
}

/**
 * Proportional set size by process, in MB (bootstrap facts: a page that several share counts once in all). Everything
 * below npm is counted, so nothing that the start leaves behind is missed.
 */
export function memoryByProcess(deployment: Deployment): Record<string, number> {
  const groups: Record<string, number> = {}
  for (const facts of processTree(deployment.pid)) {
    const name = processNames(deployment).get(facts.pid) ?? (isPostgres(facts, deployment) ? 'postgres' : 'npm')
    groups[name] = (groups[name] ?? 0) + proportionalKb(facts.pid) / 1024
  }
  return groups
}

/** CPU time so far, in milliseconds; that of PostgreSQL by the database that a backend serves. */
export function cpuByProcess(deployment: Deployment): Record<string, number> {
  const groups: Record<string, number> = {}
  const names = processNames(deployment)
  const add = (name: string, ms: number) => {
    groups[name] = (groups[name] ?? 0) + ms
  }
  for (const facts of processTree(deployment.pid)) {
    const { pid, cpuMs } = facts
    const name = names.get(pid)
    if (name !== undefined) add(name, cpuMs)
    else if (isPostgres(facts, deployment)) add(postgresPart(facts.command), cpuMs)
    if (pid === deployment.status.postgres.pid) add('postgres (own work)', facts.endedChildrenCpuMs)
  }
  return groups
}

/** CPU time of the whole machine so far, in milliseconds, waiting for disks not included. */
export function machineCpuMs(): number {
  const [user, nice, system, , , interrupts, softInterrupts] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)
    .flatMap((line) => line.trim().split(/\s+/).slice(1).map(Number)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return ((user + nice + system + interrupts + softInterrupts) * 1000) / ticksPerSecond
}

function processNames({ status }: Deployment): Map<number, string> {
  const { processes, supervisor } = status
  const names = new Map([[supervisor.pid, 'supervisor']])
  for (const [name, { pid }] of Object.entries(processes)) names.set(pid, name)
  return names
}

function isPostgres({ pid, parent }: ProcessFacts, { status }: Deployment): boolean {
  return pid === status.postgres.pid || parent === status.postgres.pid
}

function postgresPart(command: string): string {
  const database = /^postgres: \S+ (tessera_\w+)/.exec(command)?.[1]
  return database === undefined ? 'postgres (own work)' : `postgres (${database})`
}

function processTree(root: number): ProcessFacts[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readFacts(Number(name)) ?? [])
  const found = new Set([root])
  for (let size = 0; size !== found.size; ) {
    size = found.size
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid)
  }
  return all.filter(({ pid }) => found.has(pid))
}

function readFacts(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in the middle may hold blanks and brackets: what follows the last bracket is counted from field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ms = (from: number) => ((Number(fields[from - 3]) + Number(fields[from - 2])) * 1000) / ticksPerSecond
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return { pid, parent: Number(fields[1]), cpuMs: ms(14), endedChildrenCpuMs: ms(16), command }
  } catch {
    return null
  }
}

function proportionalKb(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
