import { objectName } from '../../../shared/workflow';
import { checkJob } from '../job/check';
import type { KindCheck } from '../kindChecks';
import { invalidOf } from '../podChecks';

/** The controller looks every 10 s; a start that may be less late is left out by chance. */
const controllerPeriodSeconds = 10;
/** 11 characters of the 63 go to the time that the controller puts behind the name of each Job. */
const maxNameLength = 52;

/** A CronJob: what a Job has to get right, and its own name and deadline. Schedule and time zone are formats of their fields. */
export const checkCronJob: KindCheck = (input) => {
  checkJob(input);
  const { report, data, node } = input;
  const name = objectName(node);
  if (name.length > maxNameLength)
    invalidOf(report)(['name'], `each of its Jobs has the time behind that name, so it has at most ${maxNameLength} characters; this one has ${name.length}`);
  const { startingDeadlineSeconds } = data;
  if (typeof startingDeadlineSeconds === 'number' && startingDeadlineSeconds < controllerPeriodSeconds) {
    const detail = `starts may be left out, since the cluster looks only every ${controllerPeriodSeconds} seconds`;
    report.add('node.invalidValue', { field: 'startingDeadlineSeconds', detail }, ['startingDeadlineSeconds'], { severity: 'warning' });
  }
};
