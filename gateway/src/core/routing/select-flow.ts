import type { FlowId } from '../ids.ts'
import type { Caller, Flow, MerchantDirectory } from '../merchants/merchant.ts'
import { accept, type Result, refuse } from '../refusals.ts'

/** The flow that the caller named, or the merchant's default; refused when it or its connector is switched off. */
export function selectFlow(directory: MerchantDirectory, caller: Caller, flowId: FlowId | null): Result<Flow> {
  const flows = directory.flows(caller.merchant.merchantId, caller.mode)
  const flow = flowId === null ? flows.find((each) => each.isDefault) : flows.find((each) => each.flowId === flowId)
  if (flow === undefined) {
    return flowId === null ? refuse({ refusal: 'no_default_flow' }) : refuse({ refusal: 'not_found', what: 'flow' })
  }
  if (flow.status !== 'active') return refuse({ refusal: 'flow_not_active' })
  if (flow.connectorStatus !== 'active') return refuse({ refusal: 'connector_disabled' })
  return accept(flow)
}
