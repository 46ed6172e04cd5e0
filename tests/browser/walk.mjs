// One walk, by its name: node walk.mjs NAME. What it works with comes as JSON on its input, since it holds a log-in.
import { launch } from './browser.mjs';
import { accessible } from './accessible.mjs';
import { foreign } from './foreign.mjs';
import { answered, keyboard, party, telephone } from './party.mjs';
import { releasing } from './releasing.mjs';
import { hostile, howItWasRead, onlyReading, refusing, reviewing } from './review.mjs';
import { reader, visitor } from './visitor.mjs';

const walks = { accessible, answered, foreign, hostile, keyboard, howItWasRead, onlyReading, party, reader, refusing, releasing, reviewing, telephone, visitor };
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const given = JSON.parse(Buffer.concat(chunks).toString());
const browser = await launch();
try {
  await walks[process.argv[2]](browser, given);
} finally {
  await browser.close();
}
