import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'

/**
 * One schema for a process's environment. An empty variable counts as unset. Every problem is reported at once, and
 * the value of a secret never is.
 */

interface FieldOptions<T> {
  variable: string
  description: string
  default?: T
  /** Unset and without default gives undefined instead of a problem. */
  optional?: boolean
  /** Its value and its default stay out of messages and tables. */
  secret?: boolean
}

export interface Field<T> {
  readonly variable: string
  readonly description: string
  /** How a value looks, for the table and for messages. */
  readonly expects: string
  readonly required: boolean
  readonly secret: boolean
  readonly fallback: T
  readonly fallbackText: string
  /** Undefined: the text is not such a value. */
  parse(text: string): NonNullable<T> | undefined
}

type FieldFor<T, O> = O extends { optional: true } ? Field<T | undefined> : Field<T>

export type ConfigSchema = Record<string, Field<unknown>>
export type ConfigOf<S extends ConfigSchema> = { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never }

export class ConfigInvalid extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`the configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigInvalid'
    this.problems = problems
  }
}

function field<T, O extends FieldOptions<T>>(
  options: O,
  expects: string,
  parse: (text: string) => T | undefined,
): FieldFor<T, O> {
  const fallback = options.default
  const made: Field<T | undefined> = {
    variable: options.variable,
    description: options.description,
    expects,
    required: fallback === undefined && options.optional !== true,
    secret: options.secret === true,
    fallback,
    fallbackText: fallback === undefined ? '' : String(fallback),
    parse: (text) => parse(text) ?? undefined,
  }
  return made as FieldFor<T, O>
}

export function text<const O extends FieldOptions<string> & { pattern?: RegExp }>(options: O): FieldFor<string, O> {
  const { pattern } = options
  const expects = pattern === undefined ? 'text' : `text like ${pattern}`
  return field<string, O>(options, expects, (value) => (matches(pattern, value) ? value : undefined))
}

/** `search` leaves no position behind in a pattern with the global flag, as `test` would. */
function matches(pattern: RegExp | undefined, value: string): boolean {
  return pattern === undefined || value.search(pattern) !== -1
}

interface Bounds {
  min?: number
  max?: number
}

function within(value: number, { min = -Infinity, max = Infinity }: Bounds): number | undefined {
  return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined
}

function boundsText({ min, max }: Bounds): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return `, at least ${min}`
  return max === undefined ? '' : `, at most ${max}`
}

export function integer<const O extends FieldOptions<number> & Bounds>(options: O): FieldFor<number, O> {
  return field<number, O>(options, `a whole number${boundsText(options)}`, (value) =>
    /^-?\d{1,16}$/.test(value) ? within(Number(value), options) : undefined,
  )
}

/** 0 stands for any free port. */
export function port<const O extends FieldOptions<number>>(options: O): FieldFor<number, O> {
  return field<number, O>(options, 'a port from 0 to 65535', (value) =>
    /^\d{1,5}$/.test(value) ? within(Number(value), { max: 65535 }) : undefined,
  )
}

const flagValues = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

export function flag<const O extends FieldOptions<boolean>>(options: O): FieldFor<boolean, O> {
  return field<boolean, O>(options, 'true or false', (value) => flagValues.get(value))
}

export function choice<const C extends readonly string[], const O extends FieldOptions<C[number]>>(
  choices: C,
  options: O,
): FieldFor<C[number], O> {
  return field<C[number], O>(options, `one of ${choices.join(', ')}`, (value) =>
    choices.includes(value) ? value : undefined,
  )
}

/** The text as it was given. `protocols` with their colon; http and https when absent. */
export function url<const O extends FieldOptions<string> & { protocols?: readonly string[] }>(
  options: O,
): FieldFor<string, O> {
  const protocols: readonly string[] = options.protocols ?? ['http:', 'https:']
  return field<string, O>(
    options,
    `a URL with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    (value) => (URL.canParse(value) && protocols.includes(new URL(value).protocol) ? value : undefined),
  )
}

/** An absolute path; a relative one counts from the working directory. */
export function filePath<const O extends FieldOptions<string> & { mustExist?: boolean }>(
  options: O,
): FieldFor<string, O> {
  const expects = options.mustExist === true ? 'the path of something readable' : 'a path'
  const made = field<string, O>(options, expects, (value) => {
    const path = resolve(value)
    return value.includes('\0') || (options.mustExist === true && !isReadable(path)) ? undefined : path
  })
  return options.default === undefined ? made : { ...made, fallback: resolve(options.default) }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

const unitMs: Record<string, number> = { '': 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `250ms`, `30s`, `5m`, `2h`, `1d`; a bare number is milliseconds. Bounds and default in milliseconds. */
export function durationMs<const O extends FieldOptions<number> & Bounds>(options: O): FieldFor<number, O> {
  return field<number, O>(options, `a duration such as 250ms, 30s or 5m${boundsText(options)} (ms)`, (value) => {
    const match = /^(\d{1,12})(ms|s|m|h|d|)$/.exec(value)
    return match === null ? undefined : within(Number(match[1]) * (unitMs[match[2] ?? ''] ?? 1), options)
  })
}

/** Separated by commas; blanks around the items do not count, and every item must match `item`. */
export function list<const O extends FieldOptions<readonly string[]> & { item?: RegExp }>(
  options: O,
): FieldFor<readonly string[], O> {
  const { item } = options
  const expects = item === undefined ? 'texts separated by commas' : `texts like ${item}, separated by commas`
  return field<readonly string[], O>(options, expects, (value) => {
    const items = value.split(',').flatMap((part) => part.trim() || [])
    return items.every((part) => matches(item, part)) ? items : undefined
  })
}

/**
 * Throws ConfigInvalid with every problem. A `TESSERA_` variable that is neither in the schema nor in `knownElsewhere`
 * (other processes' variables) is a problem: a misspelt setting must not be ignored silently.
 */
export function readConfig<S extends ConfigSchema>(options: {
  schema: S
  environment: Record<string, string | undefined>
  knownElsewhere?: readonly string[]
}): ConfigOf<S> {
  const { schema, environment, knownElsewhere = [] } = options
  const problems: string[] = []
  const config: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(schema)) {
    const given = environment[entry.variable]
    if (given === undefined || given === '') {
      if (entry.required) problems.push(`${entry.variable} is missing: ${entry.expects} (${entry.description})`)
      config[name] = entry.fallback
      continue
    }
    config[name] = entry.parse(given)
    if (config[name] === undefined) problems.push(`${entry.variable} must be ${entry.expects}${shown(entry, given)}`)
  }
  problems.push(...unknownVariables(Object.values(schema), environment, knownElsewhere))
  if (problems.length > 0) throw new ConfigInvalid(problems)
  return config as ConfigOf<S>
}

function shown(entry: Field<unknown>, given: string): string {
  if (entry.secret) return ''
  return `, not ${JSON.stringify(given.length > 60 ? `${given.slice(0, 60)}…` : given)}`
}

function unknownVariables(
  fields: readonly Field<unknown>[],
  environment: Record<string, string | undefined>,
  knownElsewhere: readonly string[],
): string[] {
  const known = fields.map((entry) => entry.variable)
  const allowed = new Set([...known, ...knownElsewhere])
  const unknown = Object.keys(environment).filter((name) => name.startsWith('TESSERA_') && !allowed.has(name))
  return unknown.sort().map((name) => {
    const near = known.find((candidate) => isNear(candidate, name))
    return `${name} is not a setting${near === undefined ? '' : `; did you mean ${near}?`}`
  })
}

/** At most two letters apart (edit distance). */
function isNear(left: string, right: string): boolean {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const substituted = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next[j] = Math.min(substituted, (row[j] as number) + 1, (next[j - 1] as number) + 1)
    }
    row = next
  }
  return (row[right.length] as number) <= 2
}

/** A Markdown table of the settings, for the generated documentation. */
export function describeConfig(schema: ConfigSchema): string {
  const rows = Object.values(schema).map((entry) => {
    const fallback = entry.required
      ? 'required'
      : entry.secret || entry.fallbackText === ''
        ? ''
        : `\`${entry.fallbackText}\``
    return `| \`${entry.variable}\` | ${cell(entry.expects)} | ${fallback} | ${cell(entry.description)} |`
  })
  return ['| variable | value | default | |', '|---|---|---|---|', ...rows, ''].join('\n')
}

function cell(content: string): string {
  return content.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
