// Runs where the issuer's page hands the browser back, mostly in a frame of the shopper's page.
{
  const { notice } = document.querySelector('main').dataset
  const onward = document.getElementById('onward')
  // The issuer may have framed us deeper, and the shopper's page may stand in a dialog of the shop's: it is the outermost of ours.
  let ours = window
  for (let page = window; page !== page.parent; ) {
    page = page.parent
    try {
      if (page.location.origin === location.origin) ours = page
    } catch {
      // A page of somebody else's may not be looked at.
    }
  }
  if (notice === 'method') ours.postMessage('tessera: method called back', location.origin)
  else ours.location.replace(onward.href)
}
