// A browser in front of the portal, and what must hold on every page that it shows.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.FERRY_BROWSER_MODULES, 'from.js'));
const { chromium } = require('playwright-core');
const axe = require('axe-core').source;

export const DESK = { viewport: { width: 1280, height: 900 } };
export const TELEPHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
// Sizes in CSS pixels.
const TEXT_MIN = 16;
const TARGET_MIN = 44;

export async function launch() {
  const path = process.env.FERRY_CHROMIUM ?? '/usr/bin/chromium';
  // Tests run as root in a container, where Chromium's own sandbox cannot be made.
  return chromium.launch({ executablePath: path, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
}

/// A visitor with cookies and a screen of their own. `done` fails if a page asked another host for anything or said something
/// was wrong.
export class Visitor {
  static async come(browser, { base, shots }, name, options) {
    const visitor = new Visitor();
    Object.assign(visitor, { base, shots: join(shots, name), complaints: [], number: 0 });
    mkdirSync(visitor.shots, { recursive: true });
    visitor.context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'zh-CN', ...options });
    visitor.context.setDefaultTimeout(15_000);
    visitor.page = await visitor.context.newPage();
    visitor.context.on('request', request => {
      const { origin, protocol } = new URL(request.url());
      // The viewer of PDF files is a part of the browser with a scheme of its own.
      if (protocol.startsWith('http') && origin !== base) visitor.complaints.push(`a page asked ${origin}`);
    });
    visitor.context.on('weberror', error => visitor.complaints.push(String(error.error())));
    visitor.context.on('console', said => {
      // A page that does not exist says so in the console too.
      const isOfPage = said.location().url === visitor.page.url();
      if (said.type() === 'error' && !isOfPage) visitor.complaints.push(`${said.text()} ${said.location().url}`);
    });
    return visitor;
  }

  async go(path) {
    try {
      return await this.page.goto(this.base + path);
    } catch (e) {
      // A document that was just opened may still be on its way into the page.
      if (!String(e).includes('is interrupted by another navigation')) throw e;
      return this.page.goto(this.base + path);
    }
  }

  /// Looks at the page that is shown now, and keeps a picture of it.
  async look(name) {
    // The window of a telephone grows with what is too wide for it; its screen does not.
    const { width } = this.page.viewportSize();
    const found = await this.page.evaluate(inspect, { TEXT_MIN, TARGET_MIN, width });
    this.number += 1;
    const path = join(this.shots, `${String(this.number).padStart(2, '0')}-${name}.png`);
    await this.page.screenshot({ path, fullPage: true });
    assert.deepEqual(found, [], `${name} (${this.page.url()})`);
  }

  /// What axe-core finds. It is put into the page past its policy, which lets no script in.
  async examine(name) {
    await this.page.evaluate(axe);
    const found = await this.page.evaluate(() => globalThis.axe.run());
    const lines = found.violations.flatMap(v => v.nodes.map(n => `${v.impact} ${v.id}: ${n.html} ${n.failureSummary}`));
    assert.deepEqual(lines, [], `${name} (${this.page.url()})`);
  }

  async done() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }
}

/// Runs in the page.
function inspect({ TEXT_MIN, TARGET_MIN, width }) {
  const found = [];
  const root = document.documentElement;
  const widest = Math.max(root.scrollWidth, window.innerWidth);
  const say = element => element.outerHTML.slice(0, 120);
  if (widest > width) {
    const wide = [...document.body.querySelectorAll('*')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > width);
    found.push(`it scrolls sideways: ${widest} px: ${wide.map(say).at(-1)}`);
  }
  const isShown = element => element.checkVisibility() && !element.closest('.hidden, .skip');
  const isChinese = text => /[\u2E80-\u{3FFFF}]/u.test(text);

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const [text, element] = [texts.currentNode.data.trim(), texts.currentNode.parentElement];
    if (!text || !element.checkVisibility()) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < TEXT_MIN) found.push(`text of ${size} px: ${say(element)}`);
    const { lang } = element.closest('[lang]');
    if (isChinese(text) && !lang.startsWith('zh')) found.push(`Chinese that is not marked: ${say(element)}`);
  }
  for (const target of document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')) {
    if (!isShown(target) || getComputedStyle(target).display === 'inline') continue;
    const { height } = target.getBoundingClientRect();
    if (height < TARGET_MIN - 0.5) found.push(`a target of ${height} px: ${say(target)}`);
  }
  const levels = [...document.querySelectorAll('main :is(h1, h2, h3, h4, h5, h6)')].map(h => Number(h.tagName[1]));
  if (levels[0] !== 1 || levels.filter(l => l === 1).length !== 1) found.push(`its headings do not begin with one h1`);
  levels.forEach((l, n) => n > 0 && l > levels[n - 1] + 1 && found.push(`a heading h${l} after h${levels[n - 1]}`));
  for (const field of document.querySelectorAll('[aria-describedby]')) {
    for (const id of field.getAttribute('aria-describedby').split(/\s+/)) {
      if (!document.getElementById(id)) found.push(`${id} describes ${say(field)} and is not there`);
    }
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  for (const id of new Set(ids.filter((id, n) => ids.indexOf(id) !== n))) found.push(`the id ${id} is there twice`);
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    const id = decodeURIComponent(link.hash.slice(1));
    if (!document.getElementById(id)) found.push(`#${id} leads nowhere`);
  }
  if (document.querySelector('script, [style], [onclick], [title]')) found.push('a script, a style or a title attribute');
  return found;
}

/// Presses Tab until the element with this name has the focus, as someone without a mouse does.
export async function tabTo(page, role, name) {
  const wanted = await page.getByRole(role, { name, exact: true }).first().elementHandle();
  for (let n = 0; n < 200; n += 1) {
    await page.keyboard.press('Tab');
    const reached = await page.evaluate(w => document.activeElement === w, wanted);
    if (!reached) continue;
    const outline = await wanted.evaluate(e => getComputedStyle(e).outlineStyle);
    assert.notEqual(outline, 'none', `${name}: its focus is not seen`);
    return;
  }
  assert.fail(`${role} "${name}" cannot be reached with the keyboard`);
}
