import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { writeFileAtomically } from '../data-directory/write-file.ts'

export type ControlCommand = { command: 'status' } | { command: 'stop' } | { command: 'advance_clock'; ms: number }

export type ControlAnswer = { ok: true; [field: string]: unknown } | { ok: false; error: string }

export interface ControlSocket {
  path: string
  close(): void
}

const longestPath = 100
const longestLine = 4096
const pointerOf = (directory: string) => join(directory, 'control.json')

/**
 * One JSON object per line in, one per line out. `control.json` names the socket, since a socket's path may have about
 * a hundred bytes and a data directory's any length. Only the socket's owner may connect (0600).
 */
export async function openControlSocket(
  directory: string,
  answer: (command: ControlCommand) => Promise<ControlAnswer>,
): Promise<ControlSocket> {
  const beside = join(directory, 'control.sock')
  const path =
    Buffer.byteLength(beside) <= longestPath ? beside : join(mkdtempSync(join(tmpdir(), 'tessera-')), 'control.sock')
  rmSync(path, { force: true })
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket, answer)
  })
  await listenPrivately(server, path)
  writeFileAtomically(pointerOf(directory), `${JSON.stringify({ socket: path, pid: process.pid })}\n`)
  return {
    path,
    close() {
      server.close()
      // An answer may still be on its way; the end of the process closes what is left.
      for (const socket of open) socket.unref()
      rmSync(pointerOf(directory), { force: true })
      if (path !== beside) rmSync(dirname(path), { recursive: true, force: true })
    },
  }
}

/** The socket has its rights from its first moment on: the mask holds while `listen` makes it, and no longer. */
function listenPrivately(server: ReturnType<typeof createServer>, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const mask = process.umask(0o177)
    try {
      server.listen(path, resolve)
    } finally {
      process.umask(mask)
    }
  })
}

function serve(socket: Socket, answer: (command: ControlCommand) => Promise<ControlAnswer>): void {
  let buffered = 0
  socket.on('data', (chunk) => {
    buffered = chunk.includes(0x0a) ? 0 : buffered + chunk.length
    if (buffered > longestLine) socket.destroy()
  })
  createInterface({ input: socket }).on('line', (line) => {
    void reply(line, answer).then((said) => {
      if (socket.writable) socket.write(`${JSON.stringify(said)}\n`)
    })
  })
}

async function reply(
  line: string,
  answer: (command: ControlCommand) => Promise<ControlAnswer>,
): Promise<ControlAnswer> {
  try {
    return await answer(JSON.parse(line) as ControlCommand)
  } catch (error) {
    return { ok: false, error: (error as Error).message }
  }
}

/** Asks the supervisor of a data directory. Rejects when none runs there. */
export async function askSupervisor(directory: string, command: ControlCommand): Promise<ControlAnswer> {
  const { socket: path } = JSON.parse(readFileSync(pointerOf(directory), 'utf8')) as { socket: string }
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${JSON.stringify(command)}\n`))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('The supervisor closed the connection without an answer.')))
    createInterface({ input: socket }).once('line', (line) => {
      resolve(JSON.parse(line) as ControlAnswer)
      socket.destroy()
    })
  })
}
