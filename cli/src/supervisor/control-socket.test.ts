import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { askSupervisor, type ControlCommand, type ControlSocket, openControlSocket } from './control-socket.ts'

let directory: string
let control: ControlSocket | undefined

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tessera-control-'))
})

afterEach(() => {
  control?.close()
  rmSync(directory, { recursive: true, force: true })
})

const echo = async (command: ControlCommand) => ({ ok: true as const, heard: command.command })

test('only the owner may connect, from the first moment on', async () => {
  control = await openControlSocket(directory, echo)
  expect(statSync(control.path).mode & 0o777).toBe(0o600)
  expect(await askSupervisor(directory, { command: 'status' })).toEqual({ ok: true, heard: 'status' })
})

test('a data directory with a path too long for a socket gets one elsewhere, which goes when it closes', async () => {
  const deep = join(directory, 'a'.repeat(60), 'b'.repeat(60))
  mkdirSync(deep, { recursive: true })
  const opened = await openControlSocket(deep, echo)
  expect(opened.path.startsWith(deep)).toBe(false)
  expect(JSON.parse(readFileSync(join(deep, 'control.json'), 'utf8')).socket).toBe(opened.path)
  expect(await askSupervisor(deep, { command: 'status' })).toEqual({ ok: true, heard: 'status' })
  opened.close()
  expect(existsSync(opened.path)).toBe(false)
})

test('what is not JSON, and a command that fails, get an answer', async () => {
  control = await openControlSocket(directory, () => Promise.reject(new Error('no such thing')))
  const answers = await new Promise<string>((resolve) => {
    const socket = connect(control?.path as string, () => socket.end('{"command"\n{"command":"status"}\n'))
    let text = ''
    socket.on('data', (chunk) => (text += chunk))
    socket.on('close', () => resolve(text))
  })
  const lines = answers
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toHaveLength(2)
  expect(lines).toContainEqual({ ok: false, error: 'no such thing' })
})

test('a line without an end is not collected for ever', async () => {
  control = await openControlSocket(directory, echo)
  const closed = new Promise((resolve) => {
    const socket = connect(control?.path as string, () => socket.write('x'.repeat(100_000)))
    socket.on('error', () => {})
    socket.on('close', resolve)
  })
  await closed
})

test('the socket that a killed supervisor left is replaced', async () => {
  const first = await openControlSocket(directory, echo)
  control = await openControlSocket(directory, async () => ({ ok: true, heard: 'second' }))
  expect(await askSupervisor(directory, { command: 'status' })).toEqual({ ok: true, heard: 'second' })
  first.close()
})
