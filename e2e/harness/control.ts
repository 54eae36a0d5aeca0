import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Asks the supervisor of a data directory over its control socket. */
export function askSupervisor(directory: string, command: Record<string, unknown>): Promise<Record<string, unknown>> {
  const pointer = join(directory, 'control.json')
  if (!existsSync(pointer)) return Promise.reject(new Error('no supervisor runs there'))
  const { socket: path } = JSON.parse(readFileSync(pointer, 'utf8')) as { socket: string }
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${JSON.stringify(command)}\n`))
    socket.once('error', reject)
    createInterface({ input: socket }).once('line', (line) => {
      resolve(JSON.parse(line) as Record<string, unknown>)
      socket.destroy()
    })
  })
}
