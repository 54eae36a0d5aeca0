import { spokenVersions } from '@tessera/contracts/three-ds/versions'
import type { JsonValue } from '@tessera/lib/strict-json'
import { type Answer, refusal } from '../acquirer/answers.ts'
import { type AuthenticationRecord, proofOf } from '../acs/authentication-book.ts'
import type { Issuer } from '../acs/issuer.ts'
import type { CardRangeChange } from '../directory-server/card-ranges.ts'
import type { Directory } from '../directory-server/directory.ts'
import { type JsonObject, objectOf, RequestInvalid, textOf } from './read-request.ts'

export interface ThreeDSecureParts {
  issuer: Issuer
  directory: Directory
}

/** Serves what the oracle knows of authentications, and changes of the card ranges. Throws RequestInvalid. */
export async function threeDSecureAnswer(
  { issuer, directory }: ThreeDSecureParts,
  request: { method: string; path: string; query: string },
  body: JsonValue | null,
): Promise<Answer> {
  const id = /^\/sandbox\/authentications\/([0-9a-f-]{36})$/.exec(request.path)?.[1]
  switch (`${request.method} ${id === undefined ? request.path : '/sandbox/authentications/{id}'}`) {
    case 'GET /sandbox/authentications':
      return json([...issuer.book.records()].filter(isAbout(request.query)).map(shown))
    case 'GET /sandbox/authentications/{id}': {
      const record = issuer.book.find(id as string) ?? issuer.book.findByDsTransId(id as string)
      return record === undefined ? refusal(404, 'not_found', 'There is no such authentication.') : json(shown(record))
    }
    case 'POST /sandbox/card-ranges':
      return json({ serial: await directory.changeRanges(readChanges(body)) })
    default:
      return refusal(404, 'not_found', 'There is nothing here.')
  }
}

const json = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) })

function isAbout(query: string): (record: AuthenticationRecord) => boolean {
  const wanted = new URLSearchParams(query).get('three_ds_server_trans_id')
  return ({ entry }) => wanted === null || entry.threeDSServerTransId === wanted
}

function shown(record: AuthenticationRecord) {
  const { entry, result, reports } = record
  return {
    three_ds_server_trans_id: entry.threeDSServerTransId,
    ds_trans_id: entry.dsTransId,
    acs_trans_id: entry.acsTransId,
    version: entry.version,
    at: new Date(entry.atMs).toISOString(),
    card: entry.card,
    purchase: entry.purchase,
    answered: entry.transStatus,
    code: entry.transStatus === 'C' ? entry.code : null,
    begun: record.begunAtMs !== null,
    codes_typed: record.answers,
    trans_status: result?.transStatus ?? null,
    challenge_cancel: result?.challengeCancel ?? null,
    eci: proofOf(record).eci,
    cavv: proofOf(record).authenticationValue,
    reports: reports.map(({ atMs, copy, outcome, detail }) => ({
      at: new Date(atMs).toISOString(),
      copy,
      outcome,
      detail,
    })),
    spent_on: record.spentOn,
  }
}

function readChanges(body: JsonValue | null): CardRangeChange[] {
  if (!Array.isArray(body) || body.length === 0 || body.length > 1_000) {
    throw new RequestInvalid('the body must be an array of 1 to 1000 changes')
  }
  return body.map((value, index) => readChange(objectOf(value, `[${index}]`), `[${index}]`))
}

function readChange(change: JsonObject, name: string): CardRangeChange {
  const start = textOf(change.start, `${name}.start`, /^\d{13,19}$/)
  const end = textOf(change.end ?? start, `${name}.end`, /^\d{13,19}$/)
  if (end.length !== start.length || end < start) throw new RequestInvalid(`${name}.end must not be below its start`)
  const version = new RegExp(`^(${spokenVersions.join('|').replaceAll('.', '\\.')})$`)
  const versions = objectOf(change.versions ?? { start: '2.1.0', end: '2.2.0' }, `${name}.versions`)
  return {
    action: textOf(change.action, `${name}.action`, /^[AMD]$/) as CardRangeChange['action'],
    start,
    end,
    versions: {
      start: textOf(versions.start, `${name}.versions.start`, version),
      end: textOf(versions.end, `${name}.versions.end`, version),
    } as CardRangeChange['versions'],
    method: (change.method ?? null) === null ? null : readMethod(change.method, `${name}.method`),
  }
}

function readMethod(value: JsonValue | undefined, name: string): CardRangeChange['method'] {
  return textOf(value, name, /^(calls_back|never_calls_back)$/) as CardRangeChange['method']
}
