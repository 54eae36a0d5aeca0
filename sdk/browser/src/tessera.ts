import { cardChecks, createToken } from './create-token.ts'
import { fieldsLater, framesPart } from './later-parts.ts'
import type { Tessera, TesseraOptions } from './public-api.ts'

/** `scriptOrigin`: where the script came from, which is the vault. */
export function createTessera(publishableKey: string, options: TesseraOptions = {}, scriptOrigin = ''): Tessera {
  if (!/^(pk|inflow_pub)_(test|live)_/.test(publishableKey)) {
    throw new TypeError('Tessera() needs a publishable key (pk_…), never a secret one')
  }
  const vaultUrl = (options.vaultUrl ?? scriptOrigin).replace(/\/$/, '')
  const host = { ...options, vaultUrl, publishableKey }
  const frames = () => framesPart(vaultUrl)
  return {
    check: cardChecks,
    createToken: (card) => createToken(card, host),
    fields: (chosen) => fieldsLater(frames().then((part) => part.createFields(host, chosen))),
    async handleAction(payment, { mode } = {}) {
      const url = typeof payment === 'string' ? payment : payment.redirect_url
      if (!url) return { status: 'succeeded', paymentId: null, timestamp: null, signature: null }
      if (mode === 'dialog') return (await frames()).actInDialog(url, options.locale)
      location.assign(url)
      return new Promise(() => {})
    },
    async completePayment(paymentId, card, more) {
      const made = 'mount' in card ? card.createToken(more) : createToken({ ...card, ...more }, host)
      return (await frames()).completePayment(paymentId, await made, host)
    },
  }
}
