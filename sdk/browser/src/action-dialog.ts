import type { ActionResult } from './public-api.ts'

/** The page at `redirect_url` is handed a port by this message, and says over it how the payment ended. */
const connectMessage = 'tessera: action'
const texts: Record<string, string> = {
  en: 'Close',
  fr: 'Fermer',
  de: 'Schließen',
  es: 'Cerrar',
  it: 'Chiudi',
  pt: 'Fechar',
  nl: 'Sluiten',
  pl: 'Zamknij',
  ja: '閉じる',
  ar: 'إغلاق',
}

/** Shows the gateway's page above the merchant's, until the payment ended there or the shopper closes it. */
export function actInDialog(redirectUrl: string, locale: string | undefined): Promise<ActionResult> {
  const language = (locale ?? (document.documentElement.lang || navigator.language)).slice(0, 2)
  const dialog = document.createElement('dialog')
  const close = document.createElement('button')
  const frame = document.createElement('iframe')
  close.type = 'button'
  close.textContent = texts[language] ?? texts.en ?? ''
  Object.assign(close.style, { alignSelf: 'flex-end', font: '16px system-ui', padding: '8px 14px', margin: '4px' })
  Object.assign(frame, { src: redirectUrl, title: new URL(redirectUrl).host })
  Object.assign(frame.style, { border: 0, flex: 1, width: '100%', background: '#fff' })
  Object.assign(dialog.style, {
    display: 'flex',
    flexDirection: 'column',
    boxSizing: 'border-box',
    width: 'min(100vw, 680px)',
    height: 'min(100dvh, 860px)',
    maxWidth: 'none',
    maxHeight: 'none',
    padding: 0,
    border: 0,
    overflow: 'hidden',
  })
  dialog.append(close, frame)
  document.body.append(dialog)
  return new Promise((resolve) => {
    const end = (result: ActionResult) => {
      dialog.remove()
      resolve(result)
    }
    // Each page of the authentication is a new document in the frame.
    frame.onload = () => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = ({ data }) => end(resultOf(data))
      frame.contentWindow?.postMessage(connectMessage, new URL(redirectUrl).origin, [port2])
    }
    dialog.oncancel = dialog.onclose = () => end(resultOf({ outcome: 'canceled' }))
    close.onclick = () => dialog.close()
    dialog.showModal()
  })
}

function resultOf({
  outcome,
  redirectTo,
}: {
  outcome: ActionResult['status']
  redirectTo?: string | null
}): ActionResult {
  const query = redirectTo ? new URL(redirectTo).searchParams : new URLSearchParams()
  return {
    status: outcome,
    paymentId: query.get('payment_id') ?? query.get('paymentId'),
    timestamp: query.get('timestamp'),
    signature: query.get('signature'),
  }
}
