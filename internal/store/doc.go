// Package store is the law: the only code that may change a secret.
//
// One change passes through it in a straight line:
//
//	Submit     decide (policy), check what stands there now, seal and record the request
//	apply      record the attempt, prove the seal and the commitment, write Secret Manager
//	reconcile  where the answer was lost: ask by version number what happened
//	outcome    record it; from there the publisher and the notifier tell the world
//
// Where policy asks for the consent of others, the request takes a longer way to apply:
//
//	stage      seal the value and put it into a secret of its own
//	vote       count sealed votes, by stages; hold what everyone agreed to
//	agreed     before the apply, prove all of it once more: votes, people, policy, secret
//
// An emergency goes the short way, loudly, and is reviewed.
//
// Nothing has an effect before its request is durable, and every request gets an outcome:
// what a crashed process leaves behind is taken over when its lease has expired (Run).
// The guards are the seal (nobody who can only write the database can forge a request)
// and the commitment (what is written is exactly what was asked for).
package store
