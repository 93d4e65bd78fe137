// Signing in by OpenID Connect as a person does: an issuer's page in the browser, with one button.
import type { BrowserContext } from 'playwright-core';
import type { OidcIssuer } from '../testing/oidcIssuer';

/**
 * The issuer's page as a person sees it: a button that leads on. The issuer itself decides where to. The browser's workbench opens
 * addresses of this machine through a proxy of whoever serves it, which is not there; so the page is known by its path.
 */
export async function showIssuerPages(context: BrowserContext, issuer: OidcIssuer): Promise<void> {
  await context.route(/\/authorize\?/, async (route) => {
    const onward = await issuer.visit(`${issuer.issuer}/authorize${new URL(route.request().url()).search}`);
    const href = onward.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    await route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>Issuer</title><h1>Issuer</h1><a id="agree" href="${href}">Sign in as Ana</a>`,
    });
  });
}

/** Presses the button of the page that opens. @param begin what makes it open */
export async function signInAtTheIssuer(context: BrowserContext, begin: () => Promise<void>): Promise<void> {
  const opening = context.waitForEvent('page');
  await begin();
  const issuerPage = await opening;
  await issuerPage.locator('#agree').click();
  await issuerPage.getByText('You are signed in').waitFor();
  await issuerPage.close();
}
