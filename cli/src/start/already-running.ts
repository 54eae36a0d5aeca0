import { askSupervisor } from '../supervisor/control-socket.ts'
import type { StartOptions } from './options.ts'

/** Tells who holds the directory and where it listens, as far as that one answers. */
export async function alreadyRunningText(directory: string, options: StartOptions, pid: number): Promise<string> {
  const advice = 'Stop it first, or use another directory: npm start -- --port 0 --data-dir DIR'
  let place = ''
  try {
    const status = await askSupervisor(directory, { command: 'status' })
    if (status.ok && typeof status.gatewayUrl === 'string') place = `, on ${status.gatewayUrl}`
  } catch {
    // It is just starting or just stopping; the pid says enough.
  }
  return `Tessera already runs on ${options.dataDirectory} (process ${pid}${place}). ${advice}`
}
