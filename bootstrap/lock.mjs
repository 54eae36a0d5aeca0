import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const heartbeatMs = 1_000
const staleAfterMs = 10_000
const patienceMs = 10 * 60_000

/**
 * Runs `work` while holding `file`. The holder touches the file every second; a file that nobody touches belongs to
 * nobody (killed, or a reused pid), and is taken over. Waits for ten minutes at most; `onWait` is called when it begins to.
 */
export async function withLock(file, signal, work, o = {}) {
  const mark = `${process.pid} ${randomBytes(8).toString('hex')}\n`
  const deadline = performance.now() + patienceMs
  let told = false
  while (!claim(file, mark)) {
    signal?.throwIfAborted()
    if (performance.now() > deadline) throw new Error(`Another install has held ${file} for ten minutes.`)
    if (isStale(file)) takeAway(file)
    else {
      if (!told) o.onWait?.()
      told = true
      await sleep(200, undefined, { signal })
    }
  }
  const heartbeat = setInterval(() => touch(file), heartbeatMs)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    if (read(file) === mark) rmSync(file, { force: true })
  }
}

function claim(file, mark) {
  try {
    const handle = openSync(file, 'wx', 0o644)
    writeSync(handle, mark)
    closeSync(handle)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function isStale(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > staleAfterMs) return true
    const pid = Number.parseInt(read(file) ?? '', 10)
    return Number.isSafeInteger(pid) && !isAlive(pid)
  } catch {
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/**
 * Of several that find the file stale, one may remove it: two removals in a row would take away the file of whoever
 * claimed it in between. Hence the second file, held for a moment only.
 */
function takeAway(file) {
  const gate = `${file}.takeover`
  if (!claim(gate, `${process.pid}\n`)) {
    if (isStale(gate)) rmSync(gate, { force: true })
    return
  }
  try {
    if (isStale(file)) renameSync(file, `${file}.stale`)
    rmSync(`${file}.stale`, { force: true })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  } finally {
    rmSync(gate, { force: true })
  }
}

function touch(file) {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    // Taken over by another after a long sleep of this process; the end of `withLock` sees that it is not ours.
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
