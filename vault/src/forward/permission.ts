import type { ForwardReply, ForwardRequest } from '@tessera/contracts/vault-protocol'
import type { Batcher } from '@tessera/lib/batcher'
import type { HeldCard } from '../cards/card-safe.ts'
import type { SendResult, SendRow } from '../store/sends.ts'
import type { StepKey, StepState } from '../store/steps.ts'
import type { AllowedOperation } from './manifests.ts'
import { notSent } from './not-sent.ts'
import { prepareSaving, type SavingParts } from './saving.ts'

export interface PermissionParts extends SavingParts {
  permits: Batcher<SendRow, SendResult>
  holdUses: Batcher<SendRow, SendResult>
  stepMarks: Batcher<StepKey & { nowMs: number }, StepState>
  stepState(step: StepKey): Promise<StepState>
}

/** `held` is null for a request without a card. */
export type Permission = { granted: true; held: HeldCard | null } | { granted: false; reply: ForwardReply }

const refused = (reply: ForwardReply): Permission => ({ granted: false, reply })
const granted = (held: HeldCard | null): Permission => ({ granted: true, held })
const cardGone = refused(notSent('hold_gone', 'the card of this attempt is no longer there'))

/**
 * Decides, in a commit of its own, that this step may be sent now. Whoever comes later for the same step, to send or to
 * fence it, finds that commit.
 */
export async function takePermission(
  request: ForwardRequest,
  operation: AllowedOperation,
  parts: PermissionParts,
): Promise<Permission> {
  if (request.card === null) return (await markRefusal(request, operation, parts)) ?? granted(null)
  const isFirstAuthorization = operation.once && request.stepId === request.card.attemptId
  if (isFirstAuthorization) return consumePermit(request, operation, parts)
  const refusal = await markRefusal(request, operation, parts)
  if (refusal !== null) return refusal
  const use = await parts.holdUses.submit(sendRow(request, request.card.attemptId, operation, null, parts))
  return use === null || use.held === null ? cardGone : granted(use.held)
}

/**
 * A step that changes something at the acquirer is marked before it is sent, even where it may be repeated: else a fence
 * could not tell whether it was.
 */
async function markRefusal(
  { merchantId, mode, stepId }: ForwardRequest,
  operation: AllowedOperation,
  { stepMarks, clock }: PermissionParts,
): Promise<Permission | null> {
  if (operation.method === 'GET') return null
  const before = await stepMarks.submit({ merchantId, mode, stepId, nowMs: clock.now() })
  if (before === 'fenced') return refused(notSent('fenced', 'this step was fenced'))
  return before === 'sent' && operation.once ? refused({ outcome: 'already_sent' }) : null
}

async function consumePermit(
  request: ForwardRequest,
  operation: AllowedOperation,
  parts: PermissionParts,
): Promise<Permission> {
  const { merchantId, mode, stepId, card } = request
  const attemptId = card?.attemptId ?? stepId
  const saving = card?.saveAs == null ? null : await prepareSaving(request, attemptId, card.saveAs, parts)
  const use =
    saving === 'hold_gone' ? null : await parts.permits.submit(sendRow(request, attemptId, operation, saving, parts))
  if (use !== null) return use.held === null ? cardGone : granted(use.held)
  const state = await parts.stepState({ merchantId, mode, stepId })
  if (state === 'sent') return refused({ outcome: 'already_sent' })
  if (state === 'fenced') return refused(notSent('fenced', 'this attempt was fenced'))
  return refused(notSent('hold_gone', 'there is no live hold with a permit for this attempt'))
}

function sendRow(
  { merchantId, mode, stepId }: ForwardRequest,
  attemptId: string,
  operation: AllowedOperation,
  save: SendRow['save'],
  { clock }: PermissionParts,
): SendRow {
  const nowMs = clock.now()
  const action = save === null ? 'card_sent' : 'card_sent_and_saved'
  const destination = `${operation.connector}/${operation.name}`
  const entry = { merchantId, mode, action, subjectId: attemptId, stepId, destination, atMs: nowMs } as const
  return { merchantId, mode, attemptId, stepId, nowMs, entry, save }
}
