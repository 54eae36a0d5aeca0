import { expect, it } from 'vitest'
import { type FlowId, trustedId } from '../ids.ts'
import type { Flow, MerchantDirectory } from '../merchants/merchant.ts'
import { aFlow, callerOf } from '../testing/callers.ts'
import { selectFlow } from './select-flow.ts'

const main = aFlow({ flowId: trustedId<FlowId>('flow_main') })
const other = aFlow({ flowId: trustedId<FlowId>('flow_other'), isDefault: false })
const off = aFlow({ flowId: trustedId<FlowId>('flow_off'), isDefault: false, status: 'disabled' })
const stranded = aFlow({ flowId: trustedId<FlowId>('flow_stranded'), isDefault: false, connectorStatus: 'disabled' })

/** Only `mer_1` in test mode has these flows. */
function select(flows: readonly Flow[], flowId: string | null, caller = callerOf('mer_1')) {
  const directory: Pick<MerchantDirectory, 'flows'> = {
    flows: (merchantId, mode) => (merchantId === 'mer_1' && mode === 'test' ? flows : []),
  }
  const chosen = selectFlow(directory as MerchantDirectory, caller, flowId === null ? null : trustedId<FlowId>(flowId))
  return chosen.ok ? chosen.value : chosen.refusal
}

it.each<[string, readonly Flow[], string | null, unknown]>([
  ['the default one where none is named, wherever it stands in the list', [other, main], null, main],
  ['the one that is named', [main, other], 'flow_other', other],
  ['a refusal where none is named and none is the default', [other], null, { refusal: 'no_default_flow' }],
  ['a refusal where the name is unknown', [main], 'flow_x', { refusal: 'not_found', what: 'flow' }],
  ['a refusal where it is switched off', [main, off], 'flow_off', { refusal: 'flow_not_active' }],
  ['a refusal where its connector is', [main, stranded], 'flow_stranded', { refusal: 'connector_disabled' }],
  [
    'a refusal where the default is switched off: no other stands in',
    [{ ...main, status: 'disabled' }, other],
    null,
    {
      refusal: 'flow_not_active',
    },
  ],
])('a payment takes %s', (_what, flows, flowId, expected) => {
  expect(select(flows, flowId)).toEqual(expected)
})

it('flows of another merchant or of the other mode are not found', () => {
  const missing = { refusal: 'not_found', what: 'flow' }
  expect(select([main], 'flow_main', callerOf('mer_2'))).toEqual(missing)
  expect(select([main], 'flow_main', callerOf('mer_1', 'live'))).toEqual(missing)
})
