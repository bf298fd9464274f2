package main

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// What the kinds of entries may say: docs/events.md, by hand. Money and times are integers, private fields hashes.

var (
	label    = letters(200)
	count    = atLeast(0)
	several  = atLeast(1)
	units    = between(1, 1_000_000_000)
	currency = matching(`[A-Z]{3}`)
	failure  = matching(`outage|price_rise|supply_cut|interface_change|bad_recipient|rate_limited|other`)
	digest   = object(named{"sha256": hash32, "size": count}, nil)
	limits   = object(nil, named{"activation": count, "dispatch": count, "relay": count, "risk": count, "stock": count})
	awaited  = object(named{
		"n": count, "of": matching(`sku|form|platform`), "steps": atMost(40, triple(count, permyriad, permyriad)), "until": count,
	}, nil)
	permyriad = between(0, 10_000)
	sanction  = object(
		named{"reasons": label},
		named{"appeal_by": anyInteger, "entries": some(hash32), "until": anyInteger},
	)
)

// private fields are those a commitment stands for: only they can be opened.
var private = map[string][]string{
	"order.placed": {"contact", "order_no", "recipient"}, "order.paid": {"payment"}, "order.paid_late": {"payment"},
	"recipient.corrected": {"recipient"}, "hop.forwarded": {"ref"}, "hop.uncertain": {"ref"}, "hop.queried": {"ref"},
	"hop.accepted": {"ref"}, "hop.rejected": {"ref"}, "activation.started": {"ref"}, "activation.failed": {"ref"},
	"activation.succeeded": {"receipt", "ref"}, "delivery.delivered": {"goods"}, "promise.extended": {"consent"},
	"dispute.opened": {"message"}, "dispute.evidence": {"message"},
	"party.qualified": {"document"}, "party.appealed": {"statement"},
}

var kinds = map[string]shape{
	"order.placed": object(named{"platform": id}, named{
		"amount": count, "bound": yes, "contact": hash32, "currency": currency, "due_at": anyInteger,
		"form": matching(`card|direct|membership`), "merchant": id, "order_no": hash32, "policy": id, "policy_version": count,
		"qty": units, "recipient": hash32, "sku": id, "tier": id,
	}),
	"order.paid":  object(nil, named{"amount": count, "due_at": anyInteger, "payment": hash32}),
	"order.noted": object(named{"label": label}, nil),
	"order.paid_late": object(
		named{"after": matching(`expired|cancelled`)},
		named{"amount": count, "due_at": anyInteger, "payment": hash32},
	),
	"order.expired":    object(nil, nil),
	"order.cancelled":  object(named{"by": matching(`buyer|merchant|platform|unknown`), "reason": label}, nil),
	"order.reinstated": object(named{"reason": label}, nil),
	"order.completed":  object(named{"by": matching(`buyer|timeout`)}, nil),
	"order.erased": object(
		named{"reason": matching(`buyer_request|retention_over|court_order|mistake`)}, nil,
	),
	"order.disavowed": object(
		named{"entry": hash32, "reason": matching(`did_not_occur|incorrect_data`)},
		named{"corrected_by": hash32},
	),
	"recipient.checked": object(
		named{"field": label, "result": matching(`ok|suspect|invalid`), "rule": id}, nil,
	),
	"recipient.confirmed": object(nil, nil),
	"recipient.corrected": object(nil, named{"recipient": hash32}),
	"stock.reserved":      object(named{"as_of": anyInteger, "available": count, "reservation": id}, nil),
	"stock.short":         object(named{"available": count, "needed": count}, nil),
	"stock.released":      object(named{"reason": label}, nil),
	"risk.held": object(named{
		"on_timeout": matching(`release|refund`), "review_by": anyInteger, "rule": id,
		"track": matching(`auto|manual`),
	}, nil),
	"risk.escalated": object(nil, nil),
	"risk.reviewed":  object(named{"decision": matching(`release|refuse`), "reason": label}, nil),
	"batch.queued":   object(named{"batch": id, "position": count}, named{"expected_start": anyInteger}),
	"batch.started":  object(named{"batch": id}, nil),
	"batch.finished": object(named{"batch": id}, nil),
	"hop.forwarded":  object(named{"attempt": between(1, 10_000), "to": id}, named{"ref": hash32}),
	"hop.accepted":   object(nil, named{"eta": anyInteger, "ref": hash32}),
	"hop.rejected": object(
		named{"attributable_to": id, "code": failure, "retryable": yesOrNo}, named{"ref": hash32},
	),
	"hop.uncertain":        object(nil, named{"of": hash32, "ref": hash32}),
	"hop.queried":          object(named{"result": matching(`found|not_found|unknown`)}, named{"of": hash32, "ref": hash32}),
	"activation.started":   object(nil, named{"ref": hash32}),
	"activation.succeeded": object(nil, named{"receipt": hash32, "ref": hash32}),
	"activation.failed":    object(named{"attributable_to": id, "code": failure}, named{"ref": hash32}),
	"activation.relayed":   object(named{"of": hash32}, nil),
	"delivery.delivered": object(
		named{"evidence": matching(`shown_to_buyer|account_credited|provider_receipt|source_record`)},
		named{"goods": hash32, "units": units},
	),
	"delivery.reversed":   object(named{"reason": label}, nil),
	"promise.extended":    object(named{"due_at": anyInteger}, named{"consent": hash32}),
	"promise.compensated": object(named{"amount": count, "rule": id}, nil),
	"refund.requested":    object(nil, named{"amount": count}),
	"refund.approved":     object(nil, nil),
	"refund.refused":      object(named{"reason": label}, nil),
	"refund.paid":         object(nil, named{"amount": count}),
	"care.nudged":         object(named{"nudge": id}, nil),
	"care.located": object(
		named{"cause": label, "entries": listOf(hash32), "holder": id, "nudge": id, "stage": id}, nil,
	),
	"care.offered": object(named{
		"by_when": anyInteger, "nudge": id, "option": matching(`wait|replace|correct|refund|compensate`),
	}, nil),
	"care.closed":   object(named{"nudge": id, "outcome": matching(`buyer|timeout`)}, nil),
	"care.notified": object(named{"channel": id, "of": hash32, "template": id}, named{"about": id}),
	"dispute.opened": object(
		named{"claim": id, "dispute": id, "freezes": matching(`none|settlement|delivery`)},
		named{"message": hash32},
	),
	"dispute.merged":   object(named{"dispute": id, "into": id}, nil),
	"dispute.evidence": object(named{"dispute": id}, named{"message": hash32}),
	"dispute.decided": object(named{
		"decider": id, "dispute": id, "outcome": matching(`for_buyer|for_merchant|split|withdrawn`),
		"reason": label,
	}, named{"appeal_by": anyInteger}),
	"dispute.appealed":  object(named{"dispute": id}, nil),
	"dispute.escalated": object(named{"dispute": id, "to": id}, nil),
	"party.registered": object(
		named{"name": label, "role": matching(`platform|merchant|agent|supplier|brand|auditor`)},
		named{"public": yes},
	),
	"party.keyed":       object(named{"key": publicKey}, nil),
	"party.qualified":   object(named{"valid_until": anyInteger, "verifier": id}, named{"document": hash32}),
	"party.lapsed":      object(nil, nil),
	"party.warned":      sanction,
	"party.suspended":   sanction,
	"party.blacklisted": sanction,
	"party.expelled":    sanction,
	"party.reinstated": object(
		named{"reason": matching(`term_over|appeal_upheld|conditions_met|mistake`)}, nil,
	),
	"party.appealed": object(nil, named{"statement": hash32}),
	"sku.listed": object(named{
		"form": matching(`card|direct|membership`), "name": label, "platform": id,
		"stock_mode": matching(`counted|upstream|unlimited`),
	}, named{"recipient": id}),
	"sku.mapped":  object(named{"to": id}, nil),
	"sku.stocked": object(named{"as_of": anyInteger, "ttl": count}, named{"arrived": yes, "qty": count}),
	"sku.alerted": object(named{"level": matching(`low|out`)}, nil),
	"sku.cleared": object(nil, nil),
	"sku.priced":  object(named{"amount": count, "currency": currency}, nil),
	"sku.capped": object(
		named{"basis": matching(`stock|throughput|backlog|preorder|manual`), "cap": count}, nil,
	),
	"sku.closed":         object(named{"reason": label}, named{"exception": id}),
	"sku.opened":         object(nil, nil),
	"sku.paced":          object(named{"n": count, "p95": limits}, named{"delivery": awaited}),
	"sku.preorder":       object(named{"qty": count, "restock_by": anyInteger}, nil),
	"sku.intake_refused": object(named{"qty": count, "reason": matching(`cap|closed|stale`)}, nil),
	"exception.reported": object(
		named{
			"kind":  matching(`price_rise|supply_cut|maintenance|interface_change|fault|surge`),
			"scope": listOf(id), "starts": anyInteger,
		},
		named{"expected_end": anyInteger},
	),
	"exception.acknowledged": object(nil, nil),
	"exception.acted": object(
		named{"action": matching(`stop_intake|reroute|throttle|refund_all|notify`)}, nil,
	),
	"exception.resolved": object(nil, nil),
	"policy.published": object(
		named{
			"clock_start": matching(`paid|placed`), "due_in": count, "notice_within": count, "since": anyInteger,
			"stage_limits": limits, "text": letters(20_000), "title": label, "version": several, "zone": label,
		},
		named{
			"answer_within": count, "compensation": label, "complete_after": count, "pay_within": count,
			"pauses": some(matching(`dispute|recipient|risk`)),
		},
	),
	"log.epoch": object(
		named{
			"covers": count, "map": hash32, "previous": nullable(count), "rules": hash32,
			"statistics": digest, "streams": count,
		},
		named{"site": hash32},
	),
}

// letters is text of 1 to so many characters, however many bytes those are.
func letters(most int) shape {
	return func(value any) error {
		text, ok := value.(string)
		if told := utf8.RuneCountInString(text); !ok || told < 1 || told > most {
			return fmt.Errorf("not 1 to %d characters: %T", most, value)
		}
		return nil
	}
}

// some is a list that is left out where it is empty.
func atMost(most int, fits shape) shape {
	all := listOf(fits)
	return func(value any) error {
		if list, ok := value.([]any); ok && len(list) > most {
			return fmt.Errorf("more than %d", most)
		}
		return all(value)
	}
}

func triple(first, second, third shape) shape {
	return func(value any) error {
		list, ok := value.([]any)
		if !ok || len(list) != 3 {
			return errors.New("not three")
		}
		for place, fits := range []shape{first, second, third} {
			if err := fits(list[place]); err != nil {
				return err
			}
		}
		return nil
	}
}

func some(fits shape) shape {
	all := listOf(fits)
	return func(value any) error {
		if list, ok := value.([]any); ok && len(list) == 0 {
			return errors.New("an empty list")
		}
		return all(value)
	}
}

func yesOrNo(value any) error {
	if _, ok := value.(bool); !ok {
		return fmt.Errorf("neither true nor false: %T", value)
	}
	return nil
}

// yes is what is false where it is left out, and never written so.
func yes(value any) error {
	if value != true {
		return fmt.Errorf("not true: %v", value)
	}
	return nil
}

func isPrivate(kind, field string) bool {
	for _, each := range private[kind] {
		if each == field {
			return true
		}
	}
	return false
}
