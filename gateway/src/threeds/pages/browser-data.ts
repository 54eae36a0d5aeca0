import type { IncomingHttpHeaders } from 'node:http'
import type { BrowserData } from '../../core/authentication/authentications.ts'

/** Names of the form's fields. All are empty until the script fills them. */
export const browserFields = [
  'script',
  'javaEnabled',
  'colorDepth',
  'screenWidth',
  'screenHeight',
  'timeZoneOffset',
  'language',
  'roomWidth',
  'roomHeight',
] as const

const longestHeader = 2_048
const largestScreen = 999_999
/** The earth's zones reach from 12 hours behind UTC to 14 ahead. */
const furthestZoneMinutes = 14 * 60

/** What the request itself tells, and what the script added. A form that was tampered with counts as one without script. */
export function readBrowserData(form: URLSearchParams, headers: IncomingHttpHeaders, ip: string | null): BrowserData {
  const script = readScriptData(form)
  const language = script === null ? undefined : form.get('language')
  return {
    acceptHeader: (headers.accept || '*/*').slice(0, longestHeader),
    userAgent: (headers['user-agent'] || 'unknown').slice(0, longestHeader),
    ip,
    language: readLanguage(language) ?? readLanguage(headers['accept-language']?.split(/[,;]/)[0]) ?? 'en',
    script,
  }
}

function readScriptData(form: URLSearchParams): BrowserData['script'] {
  const number = (name: (typeof browserFields)[number], least: number, most: number): number => {
    const text = form.get(name) ?? ''
    const value = /^-?\d{1,6}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : Number.NaN
  }
  const script = {
    javaEnabled: form.get('javaEnabled') === '1',
    colorDepth: number('colorDepth', 1, 1_000),
    screenWidth: number('screenWidth', 0, largestScreen),
    screenHeight: number('screenHeight', 0, largestScreen),
    timeZoneOffset: number('timeZoneOffset', -furthestZoneMinutes, furthestZoneMinutes),
    room: { width: number('roomWidth', 0, largestScreen), height: number('roomHeight', 0, largestScreen) },
  }
  const { room, javaEnabled: _, ...rest } = script
  const isWhole = [...Object.values(rest), room.width, room.height].every(Number.isInteger)
  return form.get('script') === '1' && isWhole ? script : null
}

function readLanguage(text: string | null | undefined): string | undefined {
  const trimmed = text?.trim() ?? ''
  return /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/.test(trimmed) ? trimmed : undefined
}
