import type { ControlAnswer, ControlCommand } from '../supervisor/control-socket.ts'
import type { StopRequest } from '../supervisor/stop-request.ts'
import type { Deployment } from './deployment.ts'

const furthestMs = 10 * 365 * 86_400_000

/** What the control socket answers. Moving the clock is for tests, and refused where a live key exists. */
export async function answerControl(
  command: ControlCommand,
  deployment: Deployment,
  request: StopRequest,
): Promise<ControlAnswer> {
  switch (command.command) {
    case 'status':
      return { ok: true, ...deployment.status() }
    case 'stop':
      request.ask('asked', 'asked by the control socket')
      return { ok: true }
    case 'advance_clock':
      return advanceClock(command.ms, deployment)
    default:
      return { ok: false, error: 'unknown command: status, stop and advance_clock are known' }
  }
}

async function advanceClock(ms: number, deployment: Deployment): Promise<ControlAnswer> {
  if (!Number.isSafeInteger(ms) || ms <= 0 || ms > furthestMs) {
    return { ok: false, error: `ms must be a whole number from 1 to ${furthestMs}` }
  }
  const { exist } = await deployment.processes.child('gateway').ask({ type: 'has_live_keys' }, 'live_keys')
  if (exist) return { ok: false, error: 'A live key exists: the clock of a deployment that moves money is not moved.' }
  await deployment.processes.advanceClock(ms)
  return { ok: true, totalOffsetMs: deployment.processes.offsetMs }
}
