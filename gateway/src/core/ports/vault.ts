import type {
  ClaimReply,
  ClaimRequest,
  FenceReply,
  FenceRequest,
  ForwardReply,
  ForwardRequest,
  ReleaseRequest,
  SavedCardReply,
  SavedCardRequest,
  UnsentClaimsReply,
  UnsentClaimsRequest,
} from '@tessera/contracts/vault-protocol'

/** The vault as the engine sees it. Every call but `forward` throws VaultUnavailable when no answer came. */
export interface Vault {
  claim(request: ClaimRequest): Promise<ClaimReply>
  /** Never throws for a lost connection to the vault: that is `lost`, and the vault may still send the request. */
  forward(request: ForwardRequest): Promise<ForwardReply | { outcome: 'lost' }>
  fence(request: FenceRequest): Promise<FenceReply>
  /** Best effort and in the background: a hold that is not released ends by its own deadline. */
  release(release: ReleaseRequest['releases'][number]): void
  unsentClaims(request: UnsentClaimsRequest): Promise<UnsentClaimsReply>
  activateCard(request: SavedCardRequest): Promise<SavedCardReply>
  eraseCard(request: SavedCardRequest): Promise<SavedCardReply>
}

export class VaultUnavailable extends Error {
  override name = 'VaultUnavailable'
}
