import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

const largestBytes = 16 * 1024 * 1024

/** The log file of a process. At the start a large one becomes `<name>.1.log`, in place of the one before. */
export function openLogFile(directory: string, name: string): string {
  const folder = join(directory, 'logs')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${name}.log`)
  if (existsSync(file) && statSync(file).size > largestBytes) renameSync(file, join(folder, `${name}.1.log`))
  return file
}

export function lastLines(file: string, count = 12): string {
  if (!existsSync(file) || statSync(file).size === 0) return `(${file} is empty)`
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}
