// What the clients for Node make of a local SES: each step's result or error, as JSON on standard output.
// The environment names the server (AWS_ENDPOINT_URL and credentials); the arguments are its SMTP host and port.
import * as v1 from "@aws-sdk/client-ses";
import * as v2 from "@aws-sdk/client-sesv2";
import nodemailer from "nodemailer";

const [smtpHost, smtpPort] = process.argv.slice(2);
const ses = new v1.SESClient({});
const sesv2 = new v2.SESv2Client({});
const RAW = Buffer.from("From: ann@shop.example\r\nTo: bob@b.example\r\nSubject: Raw\r\n\r\nHello\r\n");
const REPEATED = Buffer.concat([Buffer.from("Subject: Again\r\n"), RAW]);
const TO = { ToAddresses: ["bob@b.example"] };
const simple = (subject) => ({ Subject: { Data: subject }, Body: { Text: { Data: "Hello" } } });

const results = {};
async function step(name, work) {
  try {
    const { $metadata, ...result } = await work();
    results[name] = { result };
  } catch (error) {
    const types = [v1, v2].flatMap((sdk) => Object.entries(sdk)).filter(
      ([type, made]) => typeof made === "function" && /^(?!.*ServiceException$)[A-Z]/.test(type) &&
        made.prototype instanceof Error && error instanceof made,
    );
    results[name] = {
      name: error.name,
      message: error.message,
      status: error.$metadata?.httpStatusCode,
      responseCode: error.responseCode,
      types: types.map(([type]) => type),
    };
  }
}

await step("v1 unverified", () => ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data: RAW } })));
await step("v2 unverified", () => sesv2.send(new v2.SendEmailCommand({ Content: { Raw: { Data: RAW } } })));
await step("v1 verify", () => ses.send(new v1.VerifyDomainIdentityCommand({ Domain: "shop.example" })));
await step("v2 set", () => sesv2.send(new v2.CreateConfigurationSetCommand({ ConfigurationSetName: "orders" })));
await step("v1 raw", () => ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data: RAW } })));
await step("v1 simple", () =>
  ses.send(new v1.SendEmailCommand({ Source: "ann@shop.example", Destination: TO, Message: simple("v1 simple") })));
await step("v1 repeated", () => ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data: REPEATED } })));
await step("v1 no set", () =>
  ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data: RAW }, ConfigurationSetName: "nowhere" })));
await step("v1 no template", () =>
  ses.send(new v1.SendTemplatedEmailCommand({
    Source: "ann@shop.example", Destination: TO, Template: "none", TemplateData: "{}",
  })));
await step("v1 quota", () => ses.send(new v1.GetSendQuotaCommand({})));
await step("v2 raw", () =>
  sesv2.send(new v2.SendEmailCommand({
    Content: { Raw: { Data: RAW } }, ConfigurationSetName: "orders", EmailTags: [{ Name: "kind", Value: "order" }],
  })));
await step("v2 simple", () =>
  sesv2.send(new v2.SendEmailCommand({
    FromEmailAddress: "ann@shop.example", Destination: TO, Content: { Simple: simple("Grüße 🎉") },
  })));
await step("v2 repeated", () => sesv2.send(new v2.SendEmailCommand({ Content: { Raw: { Data: REPEATED } } })));
await step("v2 no set", () =>
  sesv2.send(new v2.SendEmailCommand({ Content: { Raw: { Data: RAW } }, ConfigurationSetName: "nowhere" })));
await step("v2 again", () => sesv2.send(new v2.CreateConfigurationSetCommand({ ConfigurationSetName: "orders" })));
await step("v2 template", () =>
  sesv2.send(new v2.CreateEmailTemplateCommand({
    TemplateName: "T", TemplateContent: { Subject: "Hi {{name}}", Text: "Hello {{name}}" },
  })));
await step("v2 bulk", () =>
  sesv2.send(new v2.SendBulkEmailCommand({
    FromEmailAddress: "ann@shop.example",
    DefaultContent: { Template: { TemplateName: "T", TemplateData: '{"name": "you"}' } },
    BulkEmailEntries: [
      { Destination: TO, ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: '{"name": "Bob"}' } } },
      { Destination: { ToAddresses: ["c@d.example"] } },
    ],
  })));
await step("v2 absent", () => sesv2.send(new v2.ListImportJobsCommand({})));

const mail = {
  from: "Ann Grün <ann@shop.example>",
  to: "Bob <bob@b.example>",
  bcc: "hidden@b.example",
  subject: "nodemailer über SES",
  text: "Hello",
  html: "<p>Hello</p>",
  attachments: [{ filename: "Rechnung ä.txt", content: "1 €" }],
};
const api = nodemailer.createTransport({ SES: { sesClient: sesv2, SendEmailCommand: v2.SendEmailCommand } });
await step("nodemailer", async () => {
  const { messageId, envelope } = await api.sendMail({
    ...mail, ses: { ConfigurationSetName: "orders", EmailTags: [{ Name: "kind", Value: "nodemailer" }] },
  });
  return { messageId, envelope };
});
await step("nodemailer refused", () => api.sendMail({ ...mail, from: "eve@other.example" }));
await step("nodemailer verify", async () => ({ verified: await api.verify() }));
const smtp = nodemailer.createTransport({
  host: smtpHost, port: Number(smtpPort), requireTLS: true, tls: { rejectUnauthorized: false },
  auth: { user: "AKIAIOSFODNN7EXAMPLE", pass: "secret" },
});
await step("smtp", async () => {
  const { accepted, response } = await smtp.sendMail({
    ...mail, subject: "by SMTP", headers: { "X-SES-CONFIGURATION-SET": "orders", "X-SES-MESSAGE-TAGS": "kind=smtp" },
  });
  return { accepted, response };
});
await step("smtp refused", () => smtp.sendMail({ ...mail, from: "eve@other.example" }));
smtp.close();
console.log(JSON.stringify(results));
