// Judges entities as Backstage's model does: the envelope, the policies of the catalog in their order, the kind.
// In: [entity]; out: [{"stage", "message"}], the stage "" for an entity that passes.
import {
  apiEntityV1alpha1Validator,
  componentEntityV1alpha1Validator,
  DefaultNamespaceEntityPolicy,
  domainEntityV1alpha1Validator,
  EntityPolicies,
  entityEnvelopeSchemaValidator,
  FieldFormatEntityPolicy,
  groupEntityV1alpha1Validator,
  locationEntityV1alpha1Validator,
  NoForeignRootFieldsEntityPolicy,
  resourceEntityV1alpha1Validator,
  SchemaValidEntityPolicy,
  systemEntityV1alpha1Validator,
  userEntityV1alpha1Validator,
} from "@backstage/catalog-model";

const envelope = entityEnvelopeSchemaValidator();
const policies = EntityPolicies.allOf([
  new SchemaValidEntityPolicy(),
  new DefaultNamespaceEntityPolicy(),
  new NoForeignRootFieldsEntityPolicy(),
  new FieldFormatEntityPolicy(),
]);
const kinds = [
  apiEntityV1alpha1Validator,
  componentEntityV1alpha1Validator,
  resourceEntityV1alpha1Validator,
  groupEntityV1alpha1Validator,
  locationEntityV1alpha1Validator,
  userEntityV1alpha1Validator,
  systemEntityV1alpha1Validator,
  domainEntityV1alpha1Validator,
];

const verdicts = [];
for (const entity of JSON.parse(await text(process.stdin))) verdicts.push(await judged(entity));
process.stdout.write(JSON.stringify(verdicts));

async function judged(entity) {
  let stage = "envelope";
  try {
    envelope(entity);
    stage = "policy";
    const enforced = await policies.enforce(entity);
    stage = "kind";
    for (const kind of kinds) if (await kind.check(enforced)) return { stage: "", message: "" };
    return { stage: "unknown-kind", message: "" };
  } catch (error) {
    return { stage, message: error.message };
  }
}

async function text(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}
