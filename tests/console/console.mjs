// Drives the console in Chromium against a real server: signs in, changes the one-time password, imports a list,
// launches a campaign, watches it to its end, opens a call, plays and seeks its recording.
//
//   WARMLINE_URL       address of a running, fresh server; needs WARMLINE_PASSWORD, its one-time password
//   WARMLINE_BIN,      the two programs to start instead (default: target/release of this project)
//   WARMLINE_CARRIER
//   SCREENSHOTS        folder for pictures at 1440 and 390 pixels (default: none are kept)
//   CHROMIUM           the browser (default /usr/bin/chromium)
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { startServer } from "./server.mjs";

const NEW_PASSWORD = "correct horse battery";
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
// Lines 4 and 6 cannot be used: no number, and a number that is there already.
const CSV = `number,name,date,time,company,our_number,consent
7001,Ann Smith,2027-03-02,10:00,Northside Dental,+1 555 010 2030,yes
7002,Bo Miller,2027-03-02,11:30,Northside Dental,+1 555 010 2030,yes
,Cy Nobody,2027-03-03,09:15,Northside Dental,+1 555 010 2030,yes
7003,Dee Jones,2027-03-03,10:45,Northside Dental,+1 555 010 2030,yes
7001,Eve Again,2027-03-04,12:00,Northside Dental,+1 555 010 2030,yes
`;

const shots = process.env.SCREENSHOTS;
if (shots) mkdirSync(shots, { recursive: true });

const server = await startServer();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
});
const failures = [];
try {
  const context = await browser.newContext({ viewport: WIDE, baseURL: server.url, colorScheme: "light" });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => failures.push(`page error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    // A refused request is part of the plan; anything else, a blocked script included, is not.
    if (!message.text().startsWith("Failed to load resource")) failures.push(`console: ${message.text()}`);
  });

  await step("a wrong password is refused", () => wrongPassword(page));
  await step("the one-time password opens only its replacement", () => signIn(page, server.password));
  await step("a list is imported and bad lines are named", () => importList(page));
  await step("a template is chosen, the check runs, the campaign starts", () => launch(page));
  await step("its progress comes by push until it is done", () => watch(page));
  await step("a call is opened, played and searched", () => openCall(page));
  await step("calls are filtered", () => filterCalls(page));
  await step("the pages fit a phone and the dark", () => otherScreens(page));
  await step("signing out closes the door", () => signOut(page));
  assert.deepEqual(failures, []);
} finally {
  await browser.close();
  await server.stop();
}
console.log("the console works");

async function step(name, run) {
  const started = Date.now();
  await run();
  console.log(`ok ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

async function picture(page, name) {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

async function wrongPassword(page) {
  await page.goto("/");
  await page.getByLabel("User name").fill("admin");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("The name or the password is wrong.").waitFor();
  await picture(page, "1-sign-in");
}

async function signIn(page, password) {
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Choose your password" }).waitFor();
  await page.getByLabel("One-time password").fill(password);
  await page.getByLabel("New password", { exact: true }).fill("short");
  await page.getByLabel("New password again").fill("short");
  await page.getByRole("button", { name: "Save and continue" }).click();
  await page.getByText("must have at least 10 characters").waitFor();
  await picture(page, "2-password");
  await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
  await page.getByLabel("New password again").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Save and continue" }).click();
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
}

async function importList(page) {
  await page.getByRole("link", { name: "New campaign" }).first().click();
  await page.getByLabel("Numbers in the file").selectOption("local");
  const file = { name: "reminders.csv", mimeType: "text/csv", buffer: Buffer.from(CSV) };
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByText("3 contacts imported").waitFor();
  const lines = await page.getByRole("table").locator("tbody tr td:first-child").allTextContents();
  assert.deepEqual(lines, ["4", "6"]);
  await picture(page, "3-import");
  await page.getByRole("button", { name: "Next" }).click();
}

async function launch(page) {
  await page.getByRole("radio", { name: /Appointment reminder/ }).check();
  await picture(page, "4-template");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("Campaign name").fill("Tuesday reminders");
  await page.getByLabel("Calling hours").selectOption("any_time");
  await page.getByLabel("One attempt per contact").check();
  const start = page.getByRole("button", { name: "Start calling" });
  assert.equal(await start.isDisabled(), true, "a campaign starts only after its check");
  await page.getByRole("button", { name: "Check" }).click();
  await page.locator(".note").first().waitFor();
  await picture(page, "5-review");
  await start.click();
  await page.getByRole("heading", { name: /Tuesday reminders/ }).waitFor();
}

async function watch(page) {
  // No reload happens from here on: what moves was pushed.
  await page.evaluate(() => (window.stillTheSamePage = true));
  const bar = page.getByRole("progressbar");
  await page.getByText("Running", { exact: true }).waitFor();
  await picture(page, "6-running");
  await page.getByText("Done", { exact: true }).waitFor({ timeout: 120_000 });
  assert.equal(await bar.getAttribute("aria-valuenow"), "3");
  assert.equal(await page.evaluate(() => window.stillTheSamePage), true);
  await page.getByRole("link", { name: "Ann Smith" }).waitFor();
  const dialled = page.locator(".stat", { hasText: "Dialled" }).locator("dd");
  assert.equal((await dialled.textContent()).trim(), "3");
  await picture(page, "7-done");
}

async function openCall(page) {
  await page.getByRole("link", { name: "Ann Smith" }).click();
  await page.getByRole("heading", { name: /Call with Ann Smith/ }).waitFor();
  const position = page.getByRole("slider", { name: "Position in the recording" });
  await position.waitFor();
  const turns = page.locator(".turn");
  assert.ok((await turns.count()) >= 1);
  await page.getByText("Understood").first().waitFor();

  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.waitForFunction(() => document.querySelector("audio").currentTime > 0.5);
  await page.getByRole("button", { name: "Pause" }).click();

  const box = await position.boundingBox();
  await position.click({ position: { x: box.width * 0.6, y: box.height / 2 } });
  const [at, all] = await page.evaluate(() => [document.querySelector("audio").currentTime, document.querySelector("audio").duration]);
  assert.ok(Math.abs(at / all - 0.6) < 0.05, `a click at 60 % went to ${at} of ${all} s`);
  await position.focus();
  await page.keyboard.press("ArrowLeft");
  const back = await page.evaluate(() => document.querySelector("audio").currentTime);
  assert.ok(at - back > 4, "the arrow goes back five seconds");

  await page.locator(".turn .time").last().click();
  await page.locator(".turn[aria-current]").waitFor();
  await picture(page, "8-call");
}

async function filterCalls(page) {
  await page.getByRole("link", { name: "Calls" }).first().click();
  const rows = page.getByRole("table").locator("tbody tr");
  await rows.nth(2).waitFor();
  await picture(page, "9-calls");
  await page.getByLabel("Outcome").selectOption("busy");
  await page.getByRole("link", { name: "Bo Miller" }).waitFor();
  await page.getByRole("link", { name: "Ann Smith" }).waitFor({ state: "detached" });
  assert.equal(await rows.count(), 1);
  await page.getByLabel("Outcome").selectOption("");
  await page.getByLabel("Name or number").fill("nobody of this name");
  await page.getByText("No call matches.").waitFor();
  await page.getByLabel("Name or number").fill("ann");
  await page.getByRole("link", { name: "Ann Smith" }).waitFor();
}

async function otherScreens(page) {
  const call = await page.getByRole("link", { name: "Ann Smith" }).getAttribute("href");
  for (const [name, path, ready] of [
    ["campaigns", "/campaigns", ".campaign-card"],
    ["campaign", await firstCampaign(page), ".bars"],
    ["calls", "/calls", ".table tbody tr"],
    ["call", call, ".wave canvas"],
    ["new", "/campaigns/new", ".drop"],
  ]) {
    for (const [screen, size, colorScheme] of [["phone", NARROW, "light"], ["dark", WIDE, "dark"], ["wide", WIDE, "light"]]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await page.goto(path);
      await page.locator(ready).first().waitFor();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(overflow <= 0, `${name} at ${size.width} px is ${overflow} px too wide`);
      await picture(page, `10-${name}-${screen}`);
    }
  }
  await page.setViewportSize(WIDE);
}

async function firstCampaign(page) {
  await page.goto("/campaigns");
  return page.locator(".campaign-card h2 a").first().getAttribute("href");
}

async function signOut(page) {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.goto("/campaigns");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
}
