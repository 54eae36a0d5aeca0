import { spawn } from 'node:child_process'
import { repository } from './repository.ts'

export interface Ran {
  exitCode: number
  /** Both streams, in the order in which they came. */
  output: string
}

/** Runs a program to its end, in the repository. `shows`: passes on what it prints as well. */
export function runCommand(words: readonly string[], shows = false): Promise<Ran> {
  const [program = '', ...parameters] = words
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (shows) process.stderr.write(text)
      })
    }
    child.on('error', (cause) => reject(new Error(`${program} could not be started`, { cause })))
    child.on('close', (code) => resolve({ exitCode: code ?? 1, output }))
  })
}

/** Runs a file of this repository with the Node that runs this one. */
export const runNode = (words: readonly string[], shows = false): Promise<Ran> =>
  runCommand([process.execPath, ...words], shows)
