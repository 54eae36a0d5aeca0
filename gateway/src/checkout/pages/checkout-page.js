// Runs at the end of the card page: the card goes into a frame of the card host. Without it, or without that host's script, the
// plain form posts to the card host by itself.
{
  const form = document.getElementById('card-form')
  const plain = document.getElementById('plain-fields')
  const place = document.getElementById('card-fields')
  const fault = document.getElementById('card-fault')
  const button = form.querySelector('button')
  const label = button.textContent
  const { key, paying, failed } = form.dataset
  let busy = false

  const setBusy = (isBusy) => {
    busy = isBusy
    button.setAttribute('aria-disabled', String(isBusy))
    button.textContent = isBusy ? paying : label
  }

  const tell = (message) => {
    fault.textContent = message
    fault.hidden = message === ''
  }

  /** Hidden fields must not be asked for, nor sent. */
  const usePlain = (isPlain) => {
    plain.disabled = !isPlain
    plain.hidden = !isPlain
    place.hidden = isPlain
  }

  function begin() {
    if (typeof Tessera !== 'function') return
    usePlain(false)
    // The frame lies on this page's ground, and cannot ask how that looks (see the style of `.frame-place`).
    const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
    const fields = Tessera(key).fields({ appearance: { theme } })
    fields.on('error', () => {
      fields.unmount()
      usePlain(true)
    })
    fields.on('submit', () => form.requestSubmit())
    fields.mount(place)

    form.addEventListener('submit', async (event) => {
      if (place.hidden) return
      event.preventDefault()
      if (busy) return
      setBusy(true)
      tell('')
      try {
        const { token } = await fields.createToken({ cardholder_name: form.elements.cardholder_name.value.trim() })
        const tokenForm = document.getElementById('token-form')
        tokenForm.elements.token.value = token
        tokenForm.elements.save_card.disabled = form.elements.save_card?.checked !== true
        tokenForm.submit()
      } catch (error) {
        // What the frame found wrong itself, it tells itself.
        if (error.param === null) tell(failed)
        else if (error.requestId !== null) tell(error.message)
        setBusy(false)
      }
    })
  }

  document.addEventListener('DOMContentLoaded', begin)
  // Shown again out of memory, as on the way back: what is to be done may have changed.
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload()
  })
}
