import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..')
let root

/** A clone with the real bootstrap and an npm that only writes down that it was called. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tessera-clone-'))
  cpSync(join(repository, 'bootstrap'), join(root, 'bootstrap'), { recursive: true })
  cpSync(join(repository, 'bin'), join(root, 'bin'), { recursive: true })
  writeFileSync(join(root, 'package-lock.json'), '{}')
  giveNpmThatTakes(300)
})

afterEach(() => rmSync(root, { recursive: true }))

function giveNpmThatTakes(ms) {
  giveNpm(`
    require('node:fs').appendFileSync('${root}/calls', process.argv.slice(2).join(' ') + '\\n')
    setTimeout(() => process.exit(0), ${ms})
  `)
}

function giveNpm(source) {
  mkdirSync(join(root, 'npm'), { recursive: true })
  writeFileSync(join(root, 'npm', 'npm-cli.js'), source)
}

function run(args, environment = {}) {
  const child = spawn('sh', [join(root, 'bin', 'tessera-run'), ...args], {
    env: {
      PATH: `${join(process.execPath, '..')}:/usr/bin:/bin`,
      npm_execpath: join(root, 'npm', 'npm-cli.js'),
      npm_node_execpath: process.execPath,
      ...environment,
    },
  })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, said })))
  return { child, ended }
}

const calls = () =>
  existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : []

describe('bin/tessera-run', () => {
  test('installs once, then runs the command with its arguments as they are', async () => {
    const command = ['node', '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', 'two words', '*']
    const first = await run(command).ended
    expect(first.said).toContain('Installing the dependencies (once).')
    expect(first.said).toContain('["two words","*"]')
    const second = await run(command).ended
    expect(second).toEqual({ code: 0, signal: null, said: '["two words","*"]\n' })
    expect(calls()).toHaveLength(1)
  })

  test('ends as the command ends', async () => {
    expect((await run(['sh', '-c', 'exit 7']).ended).code).toBe(7)
  })

  test('becomes the command, so that a signal to it reaches the command', async () => {
    const { child, ended } = run([
      'node',
      '-e',
      `process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1e6)`,
    ])
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGTERM')
    expect((await ended).code).toBe(9)
  })

  test('two at once in one clone install once', async () => {
    const ends = await Promise.all([run(['true']).ended, run(['true']).ended])
    expect(ends.map((end) => end.code)).toEqual([0, 0])
    expect(calls()).toHaveLength(1)
  })

  test('an install that was interrupted is made again', async () => {
    giveNpmThatTakes(60_000)
    const { child, ended } = run(['true'])
    await new Promise((resolve) => child.stderr.once('data', resolve))
    child.kill('SIGTERM')
    expect((await ended).code).toBe(143)
    giveNpmThatTakes(0)
    expect((await run(['true']).ended).said).toContain('Installing the dependencies (once).')
  })

  test('an install that was killed with -9 does not lock the clone', async () => {
    mkdirSync(join(root, '.runtime'))
    writeFileSync(join(root, '.runtime', 'bootstrap.lock'), '999999999 mark\n')
    expect((await run(['true']).ended).code).toBe(0)
  })

  test('a lock file that changed is installed again', async () => {
    await run(['true']).ended
    writeFileSync(join(root, 'package-lock.json'), '{"changed":true}')
    await run(['true']).ended
    expect(calls()).toHaveLength(2)
  })

  test('the product alone is installed without what tests need; an installed clone keeps that', async () => {
    const change = () => writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ calls: calls().length }))
    await run(['--product', 'true']).ended
    await run(['true']).ended
    change()
    await run(['--product', 'true']).ended
    change()
    await run(['--product', 'true'], { NODE_ENV: 'production' }).ended
    expect(calls().map((call) => /--(omit|include)=dev/.exec(call)?.[1])).toEqual([
      'omit',
      'include',
      'include',
      'omit',
    ])
  })

  test('what was installed by hand is not taken away by a start', async () => {
    mkdirSync(join(root, 'node_modules'))
    await run(['--product', 'true']).ended
    expect(calls()[0]).toContain('--include=dev')
  })

  test('after an install for production, tests get their own dependencies and later starts keep them', async () => {
    await run(['--product', 'true'], { NODE_ENV: 'production' }).ended
    await run(['true'], { NODE_ENV: 'production' }).ended
    await run(['--product', 'true'], { NODE_ENV: 'production' }).ended
    expect(calls().map((call) => call.includes('--include=dev'))).toEqual([false, true])
  })

  test('a failed install shows what npm said, however silent the outer npm was told to be', async () => {
    giveNpm(`
      const silent = process.env.npm_config_loglevel === 'silent' && !process.argv.includes('--loglevel')
      if (!silent) console.error('E404 no such package')
      process.exit(1)
    `)
    const { code, said } = await run(['true'], { npm_config_loglevel: 'silent' }).ended
    expect(code).toBe(1)
    expect(said).toContain('E404 no such package')
  })

  test('says what it needs where there is no node', async () => {
    const bare = join(root, 'bare')
    mkdirSync(bare)
    for (const tool of ['dirname']) {
      writeFileSync(join(bare, tool), `#!/bin/sh\nexec /usr/bin/${tool} "$@"\n`)
      chmodSync(join(bare, tool), 0o755)
    }
    const child = spawn('/bin/sh', [join(root, 'bin', 'tessera-run'), 'true'], { env: { PATH: bare } })
    let said = ''
    child.stderr.on('data', (chunk) => (said += chunk))
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1)
    expect(said).toContain('needs Node.js 20.11 or newer')
  })
})

test('the lock file names no registry', () => {
  const lock = readFileSync(join(repository, 'package-lock.json'), 'utf8')
  expect(lock).not.toMatch(/"resolved": "http/)
  expect(lock).not.toMatch(/https?:\/\/[^"]*registry/)
})
