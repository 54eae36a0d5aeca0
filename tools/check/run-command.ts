import { spawn } from 'node:child_process'

export interface CommandResult {
  exitCode: number
  stdout: string
  stderr: string
}

/** Runs a command to its end. Throws when it cannot be started; a signal counts as exit code 1. */
export function runCommand(command: readonly string[], folder: string): Promise<CommandResult> {
  const [program = '', ...parameters] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text
      })
    }
    child.on('error', (error) => reject(new Error(`${program} could not be started`, { cause: error })))
    child.on('close', (code) => resolve({ exitCode: code ?? 1, ...output }))
  })
}
