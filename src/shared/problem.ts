import type { WorkflowEdit } from './workflowEdit';

/** Zero-based line and UTF-16 column, as editors count. */
export interface TextPosition {
  readonly line: number;
  readonly character: number;
}

/** `end` is exclusive. */
export interface TextRange {
  readonly start: TextPosition;
  readonly end: TextPosition;
}

export type Severity = 'error' | 'warning' | 'info' | 'hint';

/** A repair that a person may accept; it is an ordinary edit of the workflow. `code` is worded at the edge, like a problem. */
export interface ProblemFix {
  readonly code: FixCode;
  readonly args: Readonly<Record<string, string>>;
  readonly edit: WorkflowEdit;
}

/**
 * One finding about a workflow or a request. The sentence a person reads is made from `code` and `args` at the edge
 * (`problemText`), so that it can be translated and never holds more than the named arguments.
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly args: Readonly<Record<string, string>>;
  readonly severity: Severity;
  /** Where in the text; absent when the problem has no place there. */
  readonly range?: TextRange;
  /** The node it belongs to, when it belongs to one. */
  readonly nodeId?: string;
  /** The field inside that node's data. */
  readonly path?: readonly (string | number)[];
  readonly related?: readonly { readonly range: TextRange; readonly code: ProblemCode; readonly args: Readonly<Record<string, string>> }[];
  readonly fixes?: readonly ProblemFix[];
}

/** English sentences by code; `{name}` is replaced by the argument of that name. The table closes the set of codes. */
export const problemSentences = {
  // The text.
  'yaml.syntax': 'The YAML is broken here: {detail}',
  'yaml.tooDeep': 'Nesting is deeper than {limit} levels.',
  'yaml.tooLarge': 'The file has {size} characters; the limit is {limit}.',
  'yaml.duplicateKey': 'The key "{key}" stands here twice.',
  'yaml.aliasLimit': 'Anchors and aliases expand to more than {limit} nodes.',
  'yaml.unresolvedAlias': 'The alias "*{name}" names no anchor.',
  'yaml.severalDocuments': 'A workflow file holds one document; what follows "---" is ignored.',
  'yaml.ambiguousScalar': '"{text}" reads as {meaning} here and as {other} elsewhere. Put it in quotes.',
  // The document.
  'document.notAMap': 'A workflow file is a map that begins with "apiVersion: kubeorch.dev/v1alpha1".',
  'document.empty': 'The file is empty. Begin with "apiVersion: kubeorch.dev/v1alpha1".',
  'document.apiVersion': 'apiVersion is "{found}"; this version reads "{expected}".',
  'document.kind': 'kind is "{found}"; it must be "Workflow".',
  'document.missing': '"{key}" is missing.',
  'document.wrongType': '"{key}" must be {expected}.',
  'document.unknownKey': '"{key}" is no key of {place}. It is kept as it is.',
  'document.invalidStatus': 'Invalid status "{found}": use draft, published or archived.',
  'document.nameMismatch': 'The file is called "{file}" but its name is "{name}".',
  'document.invalidName':
    '"{name}" is no valid name: lower-case letters, digits and "-", at most {limit} characters, beginning and ending with a letter or digit.',
  'document.reservedNode': 'Reference to unknown node "{id}".',
  // Nodes.
  'node.invalidId': '"{id}" is no valid node id: lower-case letters, digits and "-", at most 63 characters.',
  'node.missingType': 'Node "{id}" has no type.',
  'node.unknownType': 'Unknown type "{type}". Known types: {known}.',
  'node.unknownField': '"{field}" is no field of {type}. It is kept but has no effect.',
  'node.missingField': '{type} "{id}" needs "{field}".',
  'node.wrongType': '"{field}" must be {expected}.',
  'node.outOfRange': '"{field}" is {value}; it must lie between {min} and {max}.',
  'node.notAnOption': '"{field}" is "{value}"; it must be one of {options}.',
  'node.invalidImage': 'The image "{value}" is empty or has spaces.',
  'node.invalidQuantity': '"{value}" is no {resource} quantity, such as {example}.',
  'node.invalidName': '"{value}" is no valid Kubernetes name (DNS-1123, at most 253 characters).',
  'node.invalidKey': '"{value}" is no valid key: letters, digits, "-", "_" and ".".',
  'node.placeholderKey': 'The key "{value}" was never renamed and is skipped.',
  'node.invalidValue': '"{field}" is not valid: {detail}',
  'node.duplicateObject': '{kind} "{name}" in namespace "{namespace}" is already made by node "{other}".',
  'node.template': 'The template of "{type}" cannot be used: {detail}',
  'node.contradiction': '"{field}" says "{value}", but the edge to "{node}" says "{derived}".',
  'node.secretValue': 'A secret\'s values do not belong in the file: list the names under "keys".',
  'node.noEffect': '"{field}" has no effect while "{other}" is not {values}.',
  'node.fixedValue': '"{field}" is set by KubeOrch and cannot be changed here.',
  'node.mountTaken': 'Two things are mounted at "{path}" in "{id}". Give one of them another mountPath.',
  'node.databasePassword':
    'The image "{image}" starts only with {variables}. Connect a Secret that has one of them; without a password anyone who reaches it may come in.',
  'node.noHeadlessService': 'The pods of "{id}" get no names of their own: connect a headless Service to it, or set serviceName.',
  'node.serviceNotHeadless': 'Service "{service}" is not headless, so the pods of "{id}" get no names of their own.',
  'node.sharedClaim': '"{id}" runs several pods, but the claim "{claim}" can be mounted {limit}.',
  'node.neverFinishes': 'The sidecar "{name}" keeps each pod of "{id}" running for ever. Let it start first, so that it ends with the main container.',
  'node.boundsTurned': '"{low}" ({lowValue}) is above "{high}" ({highValue}).',
  'node.exclusive': '"{field}" and "{other}" exclude one another: keep one of them.',
  'node.noMetric': 'HorizontalPodAutoscaler "{id}" has nothing to go by: set targetCPUUtilization, targetMemoryUtilization or metrics.',
  'node.noRequests': '"{id}" goes by the share of the {resource} that pods request, but "{workload}" requests none: set resources.requests.{resource} there.',
  'node.autoscaled': '"{autoscaler}" decides how many copies of "{id}" run; what stands here is left out.',
  'node.scaledTwice': '"{id}" and "{other}" both scale "{target}" and will work against one another.',
  'node.blocksIngress':
    'Nobody can reach {pods} while "{id}" is there: it has no {field}. Connect who may ("allow-from"), or add a rule; an empty rule lets everyone in.',
  'node.blocksEgress':
    'From {pods} nothing can be reached while "{id}" is there, not even DNS: it has no {field}. Connect who may be reached ("allow-to"), or add a rule.',
  'node.unused': 'Nothing in this workflow uses {kind} "{id}": connect it to what does.',
  'node.gateWithoutTime': 'Gate "{id}" waits for ever: give it a "timeoutMs".',
  'node.gateSecret': 'What an input is given stands in the journal, and "{name}" sounds like a secret. Ask for secrets with a Secret node.',
  'node.blocksEvictions': '"{field}: {value}" of "{id}" lets no pod be evicted: machines that run one cannot be emptied for maintenance.',
  'node.manifestSecret':
    'The values of a Secret do not belong in the file: take "{field}" out and use a node of type "secret", which asks for them and stores them nowhere.',
  'node.manifestList': 'A manifest is one object: give each item of the list a node of its own.',
  'node.serverField': '"{field}" is set by the cluster and is left out.',
  'node.leadsNowhere': 'Ingress "{id}" leads nowhere: connect it to a Service, or set serviceName and servicePort.',
  'node.pathSkipped': 'The path "{path}" has no Service and is left out: connect one to it.',
  // Imports.
  'adopt.noNamespace': 'There is no namespace "{namespace}" on {server}.',
  'adopt.nothing': 'There is nothing to adopt in namespace "{namespace}": {detail}',
  'export.noNamespace':
    'Neither the workflow "{workflow}" nor the environment names a namespace. Set "namespace" in the file: Argo CD must know where to deploy to.',
  'export.passwordInUrl':
    'The address has a password in it, which would be in the file. Give it to Argo CD as a repository secret, and here the address without it.',
  'import.cloneFailed': '"{url}" could not be cloned: {detail}',
  'import.gitMissing': 'git is not installed, or not on PATH. Install it, or clone the repository by other means and import its folder.',
  'import.invalidUrl': 'That is not an address that can be cloned: {detail}.',
  'import.noProject':
    'There is nothing to import: no compose file, no Dockerfile, and no language that is known (package.json, requirements.txt, go.mod, Cargo.toml, Gemfile, composer.json, pom.xml, a .csproj, index.html).',
  'import.passwordInUrl':
    'The address has a password in it, which other programs of this machine could read. Leave it out: the credential helper of git is asked.',
  'import.exists': '"{file}" is there already. Give another name, or --force to replace it.',
  'import.tooManyServices': 'The project has {count} services; a workflow is made of at most {limit}. Import parts of it, or use profiles.',
  'import.noObjects': 'There is no Kubernetes object to import: {detail}',
  'import.tooManyFiles': '"{folder}" has more than {limit} YAML and JSON files. Name the ones that are meant.',
  'import.tooManyObjects': 'There are {count} objects; a workflow is made of at most {limit}. Import parts of them.',
  'import.tooLong': 'The analysis took longer than {minutes} minutes and was given up. Import a folder of the repository, or one compose file.',
  'import.untrusted': 'Importing a repository starts git and reads files of others. Trust the workspace first.',
  'import.unknownChoice': 'There is no choice "{choice}" in this import. There are: {known}.',
  'import.unknownChoiceValue': '"{value}" cannot be chosen for "{choice}". It can be: {known}.',
  'import.taken': '"{file}" is there already. Rename or remove it first.',
  // Compose files.
  'compose.syntax': '{place}: the YAML is broken here: {detail}',
  'compose.invalid': '{place}: {detail}.',
  'compose.empty': '"{file}" holds no compose project: it has no "services:".',
  'compose.tooLarge': '"{file}" has {size} characters; a compose file may have {limit}.',
  'compose.tooManyLines': '"{file}" has more than {limit} lines; a compose file may have that many.',
  'compose.aliasLimit': '{place}: aliases make the file stand for more than {limit} values.',
  'compose.tooManyFiles': 'The project includes and extends more than {limit} files.',
  'compose.outside':
    '{place}: "{path}" lies outside of the project\'s folder and is not read. Copy it into the folder, or import from a folder that holds both.',
  'compose.unreadable': '"{path}" cannot be read: {detail}.',
  'compose.missingFile': '{place}: there is no file "{path}".',
  'compose.remote': '{place}: "{path}" comes from the network, and an import fetches nothing. Copy it into the project\'s folder.',
  'compose.includeCycle': '{place}: files include one another: {path}.',
  'compose.extendsCycle': '{place}: services extend one another: {path}.',
  'compose.extendsUnknown': '{place}: "{name}" extends "{other}", which is not there.',
  'compose.noServices': '{place}: "{path}" has no services to extend.',
  'compose.envFile': '{file}:{line}: {detail}.',
  'compose.template': '{detail}.',
  'compose.templateAt': '{place}: {path}: {detail}.',
  'compose.required': '{name} needs a value: {detail}',
  'compose.requiredAt': '{place}: {path} needs a value for the variable {name}: {detail} Set it in the .env file, or give a file with --env-file.',
  'compose.projectName': '"{name}" is no name for a project: use small letters, digits, "-" and "_".',
  // Nodes that stand for a chart or a base.
  'source.notRendered': '"{id}" is not rendered yet: plan, deploy, or run "KubeOrch: Render Charts and Bases".',
  'source.untrusted': 'Rendering "{id}" starts {tool}, and nothing is started in a workspace that is not trusted. Trust the workspace first.',
  'source.toolMissing': '"{id}" is rendered by {tool}, which was not found ({searched}). Install it ({page}), or set "{setting}" to its place.',
  'source.missing': '"{path}" is not in the workspace.',
  'source.notAChart': '"{path}" is no chart: it has no Chart.yaml.',
  'source.notABase': '"{path}" is no base: it has no kustomization.yaml.',
  'source.unreadable': 'The kustomization in "{path}" cannot be read: {detail}',
  'source.tooManyBases': 'There are more than {limit} bases behind it.',
  'source.outside': '"{path}" leads out of the workspace and is not read.',
  'source.tooMuch': '"{path}" holds more than {files} files or {megabytes} MB.',
  'source.remote':
    '"{path}" comes from the network, and rendering may not fetch anything. Copy it into the workspace, or allow it: "kubeorch.tools.allowRemote" in the settings, --allow-remote on the command line.',
  'source.needsVersion': 'A chart from the network needs a fixed "version", such as 1.2.3: without one every plan could be about another chart.',
  'source.secretValue':
    '"{field}" sounds like a secret, and its value stands in the file for all to read. Let the chart take it from a Secret, or put it into a values file that is not committed.',
  'source.invalid': '"{field}" is not valid: {detail}',
  'source.failed': '{tool} cannot render "{id}": {detail}',
  'source.output': 'What {tool} made of "{id}" cannot be used: {detail}',
  'source.tooManyObjects': 'There are more than {limit} objects.',
  'source.badObject': 'Something in it has a name, namespace, labels or annotations that no object can have ({kind} "{name}").',
  'source.nothing': '{tool} made no object of "{id}".',
  'source.hooks': 'Helm hooks of "{id}" are not run: {names}. Run them by hand, or give them nodes of their own.',
  'source.tests': 'Helm tests of "{id}" are left out: {names}.',
  'source.asksCluster': 'The chart of "{id}" asks the cluster while it is rendered (lookup in {files}) and gets no answer here.',
  'source.makesUp': 'The chart of "{id}" makes values up ({names} in {files}): each new rendering gives others. Set them in "values".',
  'source.release':
    'The Helm release "{release}" is in namespace "{namespace}" already. Two owners would undo one another\'s work: uninstall it, choose another "releaseName", or take its objects over with "adopt: true".',
  'source.adopts':
    'The objects of the Helm release "{release}" are taken over. Do not uninstall it afterwards: that would delete them. Delete its records "sh.helm.release.v1.{release}.*" instead.',
  'object.unknownKind':
    'The structure of {found} is not known here, so it is not checked. Put its CustomResourceDefinition into the workspace, or follow a cluster that serves it.',
  'object.unknownField': 'The {kind} has "{path}", which is no field of the Kubernetes API.',
  'object.misspelt': 'The {kind} has "{path}", which is no field of the Kubernetes API. Did you mean "{meant}"?',
  'object.wrongType': '"{path}" of the {kind} must be {expected}, not {found}.',
  'object.badFormat': '"{path}" of the {kind} must be {expected}.',
  'object.missingField': 'The {kind} needs "{path}".',
  'object.needs': 'The {kind} needs "{path}": {detail}.',
  'object.invalid': '"{path}" of the {kind} is not valid: {detail}.',
  'object.forbidden': '"{path}" of the {kind} cannot be set here: {detail}.',
  'object.replaces': '"{path}" of {kind} "{name}" cannot be changed on the cluster: changing this replaces the object.',
  'object.notFound': '"{path}" of the {kind} is "{found}", and there is nothing of that name.',
  'object.notAnOption': '"{path}" of the {kind} is "{found}"; it must be one of {expected}.',
  'object.duplicateItem': '"{path}" of the {kind} stands there twice.',
  'plugin.notAMap': 'A plugin file is a map with "name", "category", "crd" and "fields".',
  'plugin.unknownKey': '"{key}" is no key of {place} and has no effect.',
  'plugin.invalid': '"{field}" is not valid: {detail}.',
  'plugin.noEffect': '"{key}" has no effect on a field that is no {type}.',
  'plugin.secretDefault': 'The value of a secret does not belong in a file: a secret has no default.',
  'plugin.nameTaken': 'There is a plugin "{type}" already, in {other}: this file is not used. Give one of them another name.',
  'plugin.nameOfKind': '"{type}" is a type of KubeOrch or of .kubeorch/templates: this plugin is not used. Give it another name.',
  'plugin.unknownType': 'No node has the type "{type}".',
  'node.brokenPlugin': 'Nothing can be made of type "{type}": {file} is broken. {detail}',
  'node.shippedInstead': '{file} is broken, so "{type}" is as KubeOrch ships it. {detail}',
  'node.pluginType': 'A node of a plugin has the name of the plugin as its type, and its settings under "fields".',
  'node.secretText':
    '"{field}" is a secret, and its value does not belong in the file. Name a key of a Secret: { secret: NAME, key: KEY }, or { key: KEY } to be asked for the value.',
  'plugin.notInstalled': 'This cluster does not have {kind} of {group}, which "{plugin}" needs. Install its operator first{docs}.',
  'plugin.otherVersion': 'This cluster serves {kind} of {group} as {served}, and the plugin "{plugin}" says {version}. Correct "crd.version" in its file.',
  'plugin.contradiction': 'The plugin "{plugin}" says "crd.{key}: {said}", but this cluster says {found}, and that counts.',
  'plugin.noDefinition': 'No plugin can be made of this: {detail}.',
  'plugin.noDefinitionIn': 'No plugin can be made of {file}: {detail}.',
  'plugin.changed': '"{file}" was changed here, so it is not taken away. Delete it yourself when nothing in it is needed any more.',
  'plugin.unknown': 'No plugin "{name}" comes along. Known: {known}.',
  'plugin.exists': '{file} is there already and was not changed. Rename or remove it first.',
  'catalog.unusable': 'The kind or template {file} cannot be used: {detail}',
  // Edges.
  'edge.syntax': 'An edge is written "a -> b" or as a map with from and to.',
  'edge.unknownNode': 'The edge goes to "{id}", which is no node of this workflow.',
  'edge.unknownSource': 'The edge comes from "{id}", which is no node of this workflow.',
  'edge.noEffect': '"{key}" has no effect on an edge that means {relation}.',
  'edge.notAllowed': 'A node of type {from} cannot connect to one of type {to}.',
  'edge.relationUnknown': 'The relation "{relation}" is not possible between {from} and {to}; possible: {possible}.',
  'edge.duplicate': 'This edge stands here twice.',
  'edge.self': 'A node cannot connect to itself.',
  'edge.cycle': 'Workflow contains a cycle: {path}. Remove one of these edges; workflows must be directed acyclic graphs.',
  'edge.handleUnknown': '"{handle}" is no handle of "{id}".',
  'edge.scalesNothing': 'HorizontalPodAutoscaler "{id}" scales nothing: connect it to a workload or set scaleTargetName.',
  'edge.holdsNothing': 'Nothing waits for gate "{id}". Draw an edge from what waits to the gate.',
  'edge.protectsNothing': 'PodDisruptionBudget "{id}" protects nothing: connect it to a workload or set selector.',
  'edge.bindsNobody': 'Role "{id}" is given to nobody: connect it to a ServiceAccount or set subjects.',
  'edge.noSelection': 'Service "{id}" selects nothing: connect it to a workload or set targetApp or selector.',
  // Environments, targets and clusters.
  'environment.unknown': 'There is no environment "{name}" in this workflow; known: {known}.',
  'environment.noContext':
    'Environment "{environment}" names no context, so it leads to no cluster. Add "context" to it in the workflow file, or choose the sandbox or a context of the kubeconfig.',
  'environment.fixedKey': 'Environment "{environment}" cannot change "{key}" of a node.',
  'environment.unknownNode': 'Environment "{environment}" overrides "{id}", which is no node of this workflow.',
  'target.none': 'No target is chosen. Use --sandbox, --env NAME, --context NAME or --kubeconfig FILE.',
  'target.two': '--sandbox does not go with --context or --kubeconfig.',
  'target.contextUnknown': 'There is no context "{context}" in {source}.',
  'target.kubeconfig': 'The kubeconfig {source} cannot be read: {detail}',
  'target.clusterUnknown': 'There is no added cluster "{cluster}". Add it by "KubeOrch: Add Cluster…", or choose another target.',
  'target.ambiguous':
    '"{name}" is both a context of the kubeconfig ({contextServer}) and an added cluster ({clusterServer}). Rename one of them: a cluster is never guessed.',
  'target.insecureProtected':
    'Environment "{environment}" is protected, and the certificate of "{cluster}" is not checked. Edit the cluster and give its certificate authority.',
  'target.signIn': 'Context "{context}" of {source} cannot sign in: {detail}',
  'target.wrongCluster':
    'Context "{context}" leads to another cluster than the one that environment "{environment}" is pinned to (found {found}, pinned {pinned}).',
  'oidc.issuer': 'The identity provider {issuer} cannot be used: {detail}',
  'oidc.refused': 'Signing in at {issuer} did not succeed: {detail}',
  'oidc.signInAgain': 'The sign-in at {issuer} has ended ({detail}). Sign in again.',
  'oidc.expired': 'Signing in took longer than {minutes} minutes. Start again.',
  'oidc.unexpected': 'This answer belongs to no sign-in that is waiting. Start again.',
  'connection.server': 'The address of the cluster must be a URL that begins with https:// and holds no user name, password, query or fragment.',
  'connection.certificateAuthority': 'The certificate authority is no certificate: give it as PEM, or PEM in base64.',
  'connection.serverName': '"{name}" is no host name or address that a certificate could be checked against.',
  'connection.proxyUrl': 'The proxy must be a URL that begins with http://, https:// or socks5://.',
  'connection.namespace': '"{namespace}" is no valid namespace.',
  'connection.header': 'The header "{name}" cannot be added: its name or value is not valid, or it belongs to signing in or to the connection itself.',
  'connection.token': 'The token is empty or holds characters that no token has.',
  'connection.clientCertificate': 'The client certificate and its key must both be PEM, or PEM in base64: {detail}',
  'connection.keyMismatch': 'The client key does not belong to the client certificate.',
  'connection.kubeconfigFile':
    'A pasted kubeconfig must hold everything itself, but "{key}" names a file. Make one with "kubectl config view --flatten --minify".',
  'cluster.unreachable': 'The cluster at {server} does not answer: {detail}',
  'cluster.unauthorized': 'The cluster at {server} refused the credentials (401). They may have expired: sign in again or renew the token.',
  'cluster.credentials': 'There are no credentials for the cluster at {server}: {detail}',
  'cluster.forbidden': 'Not allowed: {verb} {resource} in namespace "{namespace}". {detail}',
  'cluster.namespaceMissing': 'The namespace "{namespace}" does not exist on this cluster.',
  'cluster.namespaceEnding': 'The namespace "{namespace}" is being deleted. Nothing can be made in it until it is gone.',
  'cluster.mayNot': 'These credentials may not {verb} {resource} in namespace "{namespace}".',
  'cluster.quota': 'Quota "{quota}" in namespace "{namespace}" leaves {left} of {resource}; this plan needs {needed} more.',
  'cluster.pullSecret': '{kind} "{name}" pulls its images with Secret "{secret}", which is not in namespace "{namespace}".',
  'cluster.budget': 'All pods of {kind} "{name}" end at once; PodDisruptionBudget "{budget}" does not hold that back.',
  'cluster.kindMissing': 'This cluster does not know {apiVersion} {kind}.',
  'cluster.rejected': 'The cluster refused {kind} "{name}": {detail}',
  'cluster.conflict': '{kind} "{name}": "{field}" belongs to {owner}.',
  'cluster.notGivenBack':
    'Somebody made {kind} "{name}" in namespace "{namespace}" at the same moment. What this run added to it could not be taken out again: {detail}',
  'cluster.notOurs': '{kind} "{name}" exists already in namespace "{namespace}" and was not made by this workflow.',
  'cluster.otherWorkflow': '{kind} "{name}" in namespace "{namespace}" belongs to workflow "{workflow}".',
  'cluster.beingDeleted': '{kind} "{name}" in namespace "{namespace}" is still being deleted. Try again when it is gone.',
  'cluster.immutable': '{kind} "{name}": {fields} cannot be changed in place; it would have to be deleted and made again.',
  'cluster.neverReplaced':
    '{kind} "{name}": {fields} cannot be changed in place, and it is never deleted to be made again, because everything in it would be deleted too: {contents}. Put the old value back, or use another name and move over.',
  'cluster.gitOps':
    '{kind} "{name}" is kept by {tool} ("{owner}") too, which puts back what differs from its own source. Change it there, pause {tool} for it, or take its marks off.',
  'cluster.changed': '{kind} "{name}" was changed or replaced while it was being applied. Plan again.',
  'cluster.timeout': 'Timed out after {seconds} s waiting for {what}.',
  'cluster.error': 'The cluster answered {status}: {detail}',
  // Runs.
  'run.draft': 'Workflow must be published to run. Set "status: published".',
  'run.archived': 'An archived workflow does not run. Set "status: published".',
  'run.invalid': 'The workflow has {count} errors; the first: {first}',
  'run.locked': 'Another run ({run}, by {by}) holds the lock on this target until {until}, and longer while it goes on.',
  'run.unknown': 'There is no run "{run}".',
  'run.journalDamaged':
    'The journal of run {run} has no beginning that can be read: {file}, line {line}{field}. Restore the file, or delete it to forget the run.',
  'run.notPaused': 'Run {run} does not wait for an answer; it is {state}.',
  'run.unknownGate': 'Run {run} has no open gate "{gate}". Open are: {gates}.',
  'run.gateAssignee': 'Gate "{gate}" is for {assignee} to answer; the cluster takes you for {user}.',
  'run.invalidDecision': 'Gate "{gate}" asks for {wanted}.',
  'run.gateAnswered': 'Gate "{gate}" was answered already: {decision} by {by}.',
  'run.gateTimeout': 'Gate "{gate}" was not answered until {until}.',
  'run.waiting': 'Run {run} waits for an answer at: {gates}.',
  'run.fromMissing': 'There is no node "{node}" that a run could begin at: it is not in the file, or stands on a cycle.',
  'conflict.open': 'Pick a side of every difference first.',
  'conflict.broken': 'One side is no sound YAML: take the whole of a side, or mend it in the text.',
  'conflict.refused': 'The text is written in a way in which the two sides cannot be mixed safely. Take the whole of a side, or mend it in the text.',
  'version.missing': 'There is no version {version}.',
  'version.ambiguous': 'There are several versions {version}, made on different branches. Name one: {refs}.',
  'drift.neverRun': 'Workflow "{workflow}" was never deployed to this target, so nothing can have left it.',
  'drift.noVersion': 'Version {version}, which was run last on this target, is not in this folder. Get the versions of whoever ran it.',
  'diff.ref': '"{ref}" names nothing to compare. Use version:7, git:REF, file:PATH or live.',
  'diff.git': 'git has no "{path}" at "{ref}": {detail}',
  'diff.live': 'Both sides are the cluster. Compare it with version:7, git:REF or file:PATH.',
  'run.snapshotFailed': 'The version snapshot could not be written, so nothing was run: {detail}',
  'run.journalFailed': 'The run journal could not be written: {detail}',
  'run.planChanged': 'What would change is no longer what was shown. Plan again.',
  'run.cancelled': 'Cancelled.',
  'run.secretMissing': 'Secret "{id}" has no value for {keys}; it was not applied.',
  'run.interrupted': 'The run was cut off: the program that ran it ended before it did.',
  'run.lockLost': 'The run lost its lock on this target, so it stopped: {detail}',
  'run.blocked': 'This plan cannot be run: {first}',
  'run.unhealthy': '"{node}" did not become healthy: {detail}',
  'run.nodeTimeout': '"{node}" was not written within {seconds} s, the time that its "options" give it.',
  'run.notReady': 'Applied, but not ready within {seconds} s: {what}',
  'run.noAddress': '"{node}" is applied but has no address yet: {detail}',
  'run.otherOrigin': 'This workflow was last deployed to this target from {origin}.',
  'run.notDeleted': 'Nothing was deleted, because what was applied is not ready. Deploy again when it is.',
  'run.kept': 'Kept, because it holds what cannot be made again. It is deleted only when it is named: {kind}/{name}.',
  'run.kindGone': '{kind} "{name}" is skipped and no longer listed: the cluster does not serve {apiVersion} {kind} any more, so it went with its definition.',
  'run.unlisted': '{kind} "{name}" carries the labels of this workflow, but no run of it made this object. It is never deleted.',
  'run.emptied':
    'Nothing in the file makes an object any more, so a prune would delete all {count} that are left. Put the nodes back; or, if everything is to go, use "Delete from Cluster" or kubeorch delete.',
  'run.prices': 'Prices are written like cpu=0.03,memory=0.004,storage=0.1,currency=EUR; "{part}" is no part of that.',
  'run.renamedData': 'The data stays in {kind} "{before}"; "{now}" begins empty.',
  'run.renamedDataLost': 'The data in {kind} "{before}" is deleted with it; "{now}" begins empty.',
  'run.renamedClaims': 'The claims of "{before}" stay, with their data; "{now}" begins with empty ones.',
  'run.renamedValues': 'The values stay in "{before}"; none are carried over to "{now}".',
  'run.renamedValuesLost': 'The values in "{before}" are deleted with it; none are carried over to "{now}".',
  'run.renamedAddress': 'Its address inside the cluster changes from "{before}" to "{now}".',
  'run.fieldsTaken':
    '{kind} "{name}" was written by {manager}. What that set becomes part of this workflow: a field that is taken out of the file then goes from the cluster too.',
  'run.namedNothing': '"{name}" names nothing that this plan could {verb}.',
  'run.skipped': 'Skipped because {reason}.',
  'manifest.notAnObject': 'Something in {place} is no Kubernetes object: apiVersion, kind and metadata.name are needed.',
  'secret.argument': '"{argument}" is no secret: write node.KEY=@file, or node.KEY=@- to read it from standard input. Values do not belong on a command line.',
  'edit.refused': 'The change was not made: {detail}',
  'file.unreadable': '{file} cannot be read: {detail}',
  'file.unwritable': '{file} cannot be written: {detail}',
  // Builds and registries.
  'build.noBuilder':
    'No program that builds images was found ({searched}). Install one: on Debian or Ubuntu "apt-get install buildah", elsewhere Docker or Podman.',
  'build.toolMissing': '{tool} was not found along PATH. {help}',
  'build.untrusted': 'A build starts programs of the folder. Trust the workspace first.',
  'build.noContext': 'There is no folder "{path}" to build from.',
  'build.noDockerfile': 'There is no Dockerfile "{path}".',
  'build.noLanguage': '"{path}" has no Dockerfile and shows no language that one could be made for. Write a Dockerfile, or install nixpacks.',
  'build.noRules': '"{path}" is written in {language}, and has no Dockerfile. Write one, or install nixpacks: {detail}',
  'build.noImage': 'Where should the image go? Set "image" of "{id}" to a name, such as ghcr.io/acme/web.',
  'build.badImage': '"{image}" is no name of an image.',
  'build.hubLibrary': '"{image}" names no registry, so it would be one of Docker Hub\'s own images. Name one that is yours, such as ghcr.io/acme/{name}.',
  'build.badSetting': '"{field}" of the build is not valid: {detail}',
  'build.failed': '{stage} failed: {detail}',
  'build.tooLong': 'The build took longer than {minutes} minutes and was ended.',
  'build.noDigest': 'The image was pushed, but its digest could not be read: {detail}',
  'build.login': '{host} did not accept the sign-in of {user}: {detail}',
  'build.notFound': 'There is no build "{id}".',
  'build.noNode': '"{id}" is no node with an image.',
  'registry.invalid': 'The registry cannot be used: {detail}',
  'registry.unknown': 'There is no registry "{name}".',
  'registry.exists': 'There is a registry "{name}" already.',
  'registry.noSecret': 'The {what} of registry "{name}" is not stored here. Add the registry again.',
  'registry.unreachable': '{host} cannot be reached: {detail}',
  'registry.refused': '{host} refuses the sign-in: {detail}',
  'registry.protocol': '{host} does not answer as a registry does: {detail}',
  internal: 'Something went wrong inside KubeOrch: {detail}',
} as const satisfies Record<string, string>;

export type ProblemCode = keyof typeof problemSentences;

export const fixSentences = {
  'fix.changeType': 'Change the type to "{type}"',
  'fix.removeEdge': 'Remove the edge',
  'fix.connect': 'Connect it to "{id}"',
  'fix.standalone': 'Say that something else uses it (options.standalone)',
  'fix.takeFromEdge': 'Take "{field}" from "{node}"',
  'fix.retargetEdge': 'Connect to "{id}" instead',
  'fix.addField': 'Add "{field}: {value}"',
  'fix.quote': 'Put "{text}" in quotes',
  'fix.turnEdge': 'Turn the edge around: {from} -> {to}',
  'fix.renameKey': 'Rename to "{key}"',
  'fix.removeKey': 'Remove "{key}"',
  'fix.changeValue': 'Change to {value}',
  'fix.selector': 'Let "{service}" select the pods of "{workload}"',
  'fix.targetPort': 'Lead port {port} to {target}',
  'fix.class': 'Use class "{class}"',
  'fix.backend': 'Lead to the connected Service "{service}"',
  'fix.backendPort': 'Lead to port {port} of "{service}"',
  'fix.tlsHosts': 'Cover {hosts} by TLS',
  'fix.path': 'Choose another path',
  'fix.objectKey': 'Add the key "{key}" to "{id}"',
  'fix.scaleTarget': 'Scale the connected workload "{workload}"',
  'fix.metallb': 'Add a pool of addresses for MetalLB',
} as const satisfies Record<string, string>;

export type FixCode = keyof typeof fixSentences;

/** Puts the arguments into a sentence; an argument that is missing shows as its name in braces. */
export function fillSentence(sentence: string, args: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(args, name) ? (args[name] ?? whole) : whole));
}

/** The English sentence of a problem. Hosts that translate use `problemSentences[code]` as the key instead. */
export function problemText(problem: Pick<Problem, 'code' | 'args'>): string {
  return fillSentence(problemSentences[problem.code], problem.args);
}

/** A failure that carries a problem, for code that cannot go on. Its message is the English sentence. */
export class ProblemError extends Error {
  readonly problem: Problem;

  /** Each bundle has its own copy of this class; one that another bundle threw counts all the same. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'ProblemError' && 'problem' in value;
  }

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problemText(problem), options);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** Shorthand for the common case: an error with a code and its arguments. */
export function failure(code: ProblemCode, args: Readonly<Record<string, string>> = {}, options?: ErrorOptions): ProblemError {
  return new ProblemError({ code, args, severity: 'error' }, options);
}
