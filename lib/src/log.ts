import type { Clock } from './clock.ts'
import { scrub } from './log-scrubber.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/**
 * Everything a log line may say. An allow-list, since a deny-list misses the field that somebody adds tomorrow. No
 * field for bodies, names, addresses, tokens or keys belongs here.
 */
const fieldKinds = {
  requestId: 'text',
  merchantId: 'text',
  mode: 'text',
  paymentId: 'text',
  refundId: 'text',
  cardId: 'text',
  operationId: 'text',
  stepId: 'text',
  attemptId: 'text',
  endpointId: 'text',
  deliveryId: 'text',
  eventId: 'text',
  keyId: 'text',
  connector: 'text',
  operation: 'text',
  outcome: 'text',
  dialect: 'text',
  route: 'text',
  method: 'text',
  host: 'text',
  url: 'url',
  process: 'text',
  signal: 'text',
  code: 'text',
  reason: 'text',
  state: 'text',
  from: 'text',
  to: 'text',
  version: 'text',
  directory: 'text',
  file: 'text',
  migration: 'text',
  table: 'text',
  variable: 'text',
  status: 'number',
  durationMs: 'number',
  pauseMs: 'number',
  offsetMs: 'number',
  attempt: 'number',
  count: 'number',
  limit: 'number',
  queued: 'number',
  bytes: 'number',
  pid: 'number',
  port: 'number',
  error: 'error',
} as const

interface KindValues {
  text: string | number | null
  url: string | null
  number: number | string | null
  error: unknown
}

export type LogFields = { readonly [K in keyof typeof fieldKinds]?: KindValues[(typeof fieldKinds)[K]] }

/** `event` is a constant sentence or name, never put together from input. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** A logger that says these fields on every line. */
  child(fields: LogFields): Logger
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']
const textMax = 2_000
const causesMax = 3

/** JSON lines; `write` gets each without its line end. */
export function createLogger(options: {
  process: string
  clock: Clock
  level: LogLevel
  write?: (line: string) => void
}): Logger {
  const { clock, level, write = writeToStandardOutput } = options
  const threshold = levels.indexOf(level)
  const withStack = level === 'debug'

  function loggerWith(base: Record<string, unknown>): Logger {
    function logAt(lineLevel: LogLevel): (event: string, fields?: LogFields) => void {
      if (levels.indexOf(lineLevel) < threshold) return () => {}
      return (event, fields) => {
        const time = new Date(clock.now()).toISOString()
        const line = { time, level: lineLevel, event: scrubText(event), ...base, ...rendered(fields, withStack) }
        write(JSON.stringify(line))
      }
    }
    return {
      debug: logAt('debug'),
      info: logAt('info'),
      warn: logAt('warn'),
      error: logAt('error'),
      child: (fields) => loggerWith({ ...base, ...rendered(fields, withStack) }),
    }
  }
  return loggerWith({ process: options.process })
}

let pendingLines = ''

/**
 * Lines of one turn of the event loop leave in one write: a write to a file blocks, and a request logs a line each. What a
 * process says while it ends is written when it exits.
 */
function writeToStandardOutput(line: string): void {
  if (pendingLines === '') setImmediate(flushLines)
  pendingLines += `${line}\n`
  if (exitGuarded) return
  exitGuarded = true
  process.once('exit', flushLines)
  // Whoever read the log may go away first; that must not end a process with payments in flight.
  process.stdout.on('error', () => {})
}

let exitGuarded = false

function flushLines(): void {
  const lines = pendingLines
  pendingLines = ''
  if (lines !== '') process.stdout.write(lines)
}

function rendered(fields: LogFields | undefined, withStack: boolean): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  if (fields === undefined) return shown
  for (const [name, value] of Object.entries(fields)) {
    // Callers in plain JavaScript, and casts, get past the type: the list decides here again.
    if (value === undefined || !Object.hasOwn(fieldKinds, name)) continue
    shown[name] = renderedValue(fieldKinds[name as keyof LogFields], value, withStack)
  }
  return shown
}

function renderedValue(kind: keyof KindValues, value: unknown, withStack: boolean): unknown {
  if (value === null) return null
  if (kind === 'error') return renderedError(value, withStack, 0)
  if (typeof value === 'number') return renderedNumber(value)
  if (typeof value !== 'string') return `[${typeof value}]`
  return scrubText(kind === 'url' ? withoutQuery(value) : value)
}

/** A card number fits in a double. */
function renderedNumber(value: number): number | string {
  if (!Number.isInteger(value) || Math.abs(value) < 1e12) return value
  const text = String(value)
  const scrubbed = scrub(text)
  return scrubbed === text ? value : scrubbed
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '')
}

function scrubText(text: string): string {
  return scrub(text.length > textMax ? `${text.slice(0, textMax)}…` : text)
}

/** Name, code and message of the error and of its causes. Never its other properties: drivers put row values there. */
function renderedError(error: unknown, withStack: boolean, depth: number): unknown {
  if (!(error instanceof Error)) return scrubText(typeof error === 'string' ? error : `[${typeof error}]`)
  const { code } = error as { code?: unknown }
  return {
    name: scrubText(error.name),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: scrubText(String(code)) } : {}),
    message: scrubText(error.message),
    ...(withStack && error.stack !== undefined ? { stack: scrubText(error.stack) } : {}),
    ...(error.cause !== undefined && depth < causesMax
      ? { cause: renderedError(error.cause, withStack, depth + 1) }
      : {}),
  }
}
