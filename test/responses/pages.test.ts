import { createHash } from 'node:crypto';
import {
  errorPages,
  html,
  invalid,
  notFound,
  type PageOptions,
  type PageRequest,
  problem,
  type ProblemDocument,
  PublicError,
} from 'kedge/responses';
import { describe, expect, it } from 'vitest';
import { inkOn, readableOn } from '../../src/responses/pages/colors.ts';
import { fc } from '../support/property.ts';

const documentOf = (error: unknown): ProblemDocument =>
  problem(error, { requestId: 'r-1' }).document;
const render = (error: unknown, options?: PageOptions, request?: PageRequest): string =>
  errorPages(options).render(documentOf(error), request).html;

function offers(status: number, method?: string): boolean {
  return render({ status }, {}, { method }).includes('<a href="">Try again</a>');
}

/** Contrast, written apart from the one that is tested. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const weights = [0.2126, 0.7152, 0.0722];
  return weights.reduce((sum, weight, index) => {
    const channel = Number.parseInt(color.slice(1 + index * 2, 3 + index * 2), 16) / 255;
    return (
      sum + weight * (channel > 0.04045 ? ((channel + 0.055) / 1.055) ** 2.4 : channel / 12.92)
    );
  }, 0);
}

describe('errorPages', () => {
  it.each([400, 401, 403, 404, 405, 408, 409, 413, 422, 429, 500, 502, 503, 504, 418, 599])(
    'has a page for %i',
    (status) => {
      const page = render({ status });
      expect(page).toMatch(/^<!doctype html>\s*<html lang="en">/);
      expect(page).toContain(`Error ${status}`);
      expect(page.match(/<h1>[^<]{3,40}<\/h1>/g)).toHaveLength(1);
      expect(page).toContain('<code>r-1</code>');
    },
  );

  it('has no script, no handler, and nothing that is loaded from elsewhere', () => {
    const page = render(new Error('x'), { name: 'Acme', logo: '<svg onload="x"></svg>' });
    expect(page).not.toMatch(/<script|<link|<iframe|javascript:|url\(|@import/i);
    expect(page).not.toMatch(/<[^>]+\son\w+=/i);
    for (const [, source] of page.matchAll(/src="([^"]*)"/g)) {
      expect(source).toMatch(/^data:image\//);
    }
  });

  it('has a policy under which its own style is the only one', () => {
    const { html: page, headers } = errorPages({ name: 'Acme' }).render(documentOf(0));
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
  });

  it('puts name, logo, colours and links where they belong', () => {
    const page = render(notFound(), {
      name: 'Acme & Co',
      logo: '<svg xmlns="http://www.w3.org/2000/svg"/>',
      colors: { accent: '#0f766e', background: '#fff', darkBackground: '#000000' },
      links: [{ label: 'Help <1>', href: '/help?a=1&b=2' }],
      home: '/shop',
      language: 'en-GB',
    });
    expect(page).toContain('<title>Not found – Acme &amp; Co</title>');
    expect(page).toContain('<span>Acme &amp; Co</span>');
    expect(page).toMatch(/<img src="data:image\/svg\+xml;base64,[\w+/=]+" alt=""/);
    expect(page).toContain('--accent:#0f766e');
    expect(page).toMatch(/<a href="\/help\?a=1&amp;b=2">Help &lt;1&gt;<\/a>/);
    expect(page).toContain('<a href="/shop">');
    expect(page).toContain('<html lang="en-GB">');
    expect(render(notFound(), { home: false })).not.toContain('href="/"');
  });

  it('escapes whatever it is given', () => {
    const hostile = `"><script>alert(1)</script>' onmouseover='x`;
    fc.assert(
      fc.property(fc.string(), (text) => {
        const message = hostile + text;
        const errors = [{ detail: message, pointer: message }];
        const error = new PublicError(message, { errors, title: message });
        const page = errorPages({ name: message }).render(
          problem(error, { requestId: message }).document,
          { referer: `http://a.test/${message}`, host: 'a.test', url: message },
        ).html;
        expect(page).not.toContain('<script');
        expect(page.match(/<[^>]+\sonmouseover=/)).toBeNull();
      }),
    );
  });

  it('shows what is wrong, each with its place', () => {
    const page = render(
      invalid([
        { pointer: '#/items/0', detail: 'is sold out' },
        { parameter: 'day', detail: 'is no day' },
        'No.',
      ]),
    );
    expect(page).toContain('<li><code>items/0</code> is sold out</li>');
    expect(page).toContain('<li><code>day</code> is no day</li>');
    expect(page).toContain('<li>No.</li>');
  });

  it.each([
    ['http://a.test/orders?x=1', '/orders?x=1'],
    ['https://a.test/', '/'],
    ['http://b.test/orders', undefined],
    ['http://a.test.evil.test/', undefined],
    ['http://a.test/here', undefined],
    ['javascript:alert(1)', undefined],
    ['http://a.test//evil.test/', undefined],
    ['nonsense', undefined],
    [`http://a.test/${'x'.repeat(600)}`, undefined],
    [undefined, undefined],
  ])('leads back from %s to %s', (referer, back) => {
    const page = render(notFound(), {}, { referer, host: 'a.test', url: '/here' });
    const found = /<a href="([^"]*)">Go back<\/a>/.exec(page)?.[1]?.replaceAll('&amp;', '&');
    expect(found).toBe(back);
  });

  it('offers to try again where that does nothing else, and may help', () => {
    expect(offers(500)).toBe(true);
    expect(offers(503, 'HEAD')).toBe(true);
    expect(offers(429)).toBe(true);
    expect(offers(500, 'POST')).toBe(false);
    expect(offers(404)).toBe(false);
    expect(offers(501)).toBe(false);
  });

  it('speaks another language where it is given the words', () => {
    const options: PageOptions = {
      language: 'de',
      texts: { 404: { title: 'Nicht gefunden', text: 'Hier ist nichts.' }, home: 'Startseite' },
    };
    const page = render(notFound(), options);
    expect(page).toContain('<h1>Nicht gefunden</h1>');
    expect(page).toContain('Hier ist nichts.');
    expect(page).toContain('Startseite</a>');
    // What an application has said itself is in its language already.
    expect(render(notFound('Bestellung'), options)).toContain('Bestellung was not found.');
  });

  it('takes templates of one status and of all others', () => {
    const pages = errorPages({
      templates: {
        404: ({ title, text }) =>
          html`<h1>${title}</h1>
            <p>${text}</p>`,
        default: (view) => `<p>${view.status}</p>`,
      },
    });
    const page = pages.render(documentOf(notFound('<b>')));
    expect(page.html.replaceAll(/\s+(?=<)/g, '')).toBe(
      '<h1>Not found</h1><p>&lt;b&gt; was not found.</p>',
    );
    expect(page.headers['content-security-policy']).toContain("style-src 'self' 'unsafe-inline'");
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(pages.render(documentOf(0)).html).toBe('<p>500</p>');
  });

  it('falls back on its own page where a template fails', () => {
    const broken = [
      () => {
        throw new Error('users');
      },
      () => undefined,
      async () => 'x',
    ];
    for (const template of broken) {
      const page = render(notFound(), { templates: { default: template as never } });
      expect(page).toContain('<h1>Not found</h1>');
      expect(page).not.toContain('users');
    }
  });

  it.each([
    [{ colors: { accent: 'red' } }, 'colors.accent'],
    [{ colors: { accent: '#12345' } }, 'colors.accent'],
    [{ colors: { main: '#123456' } }, 'no colour `main`'],
    [{ logo: 'https://a.test/logo.png' }, '`logo`'],
    [{ logo: '<img src=x>' }, '`logo`'],
    [{ links: [{ label: 'x', href: 'javascript:alert(1)' }] }, '`links`'],
    [{ links: [{ label: 'x', href: ' javascript:alert(1)' }] }, '`links`'],
    [{ links: [{ label: 'x', href: 'data:text/html,x' }] }, '`links`'],
    [{ home: '//evil.test' }, '`home`'],
    [{ language: '"><' }, '`language`'],
    [{ colours: {} }, 'no option `colours`'],
  ])('refuses %j', (options, message) => {
    expect(() => errorPages(options as never)).toThrow(message);
  });
});

describe('html', () => {
  it('escapes what is put in, and leaves what is markup already', () => {
    const items = ['<a>', 'b'].map((text) => html`<i>${text}</i>`);
    const text = `"'&<>`;
    const made = String(html`<p title="${text}">${items}${undefined}${false}${0}${{}}</p>`);
    expect(made.replaceAll(/\s+(?=<)|(?<=>)\s+|(?<=0)\s+/g, '')).toBe(
      '<p title="&quot;&#39;&amp;&lt;&gt;"><i>&lt;a&gt;</i><i>b</i>0</p>',
    );
  });
});

describe('colours', () => {
  const hex = fc
    .integer({ min: 0, max: 0xffffff })
    .map((number): `#${string}` => `#${number.toString(16).padStart(6, '0')}`);

  it('can be read on each other, whatever the brand has chosen', () => {
    fc.assert(
      fc.property(hex, hex, (accent, background) => {
        expect(contrast(inkOn(background), background)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(readableOn(accent, background), background)).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });

  it('stay as they are where that can be read', () => {
    expect(readableOn('#00f', '#fff')).toBe('#0000ff');
    expect(inkOn('#ffffff')).toBe('#111418');
    expect(inkOn('#000')).toBe('#ffffff');
  });
});
