package slackapp

// event is what is read of an Events API body.
type event struct {
	challenge string // url_verification; "" for everything else
	origin    origin
}

// decodeEvent reads the body of an Events API request, or its payload in Socket Mode.
func decodeEvent(body []byte) (event, error) {
	text, err := parse(body)
	if err != nil {
		return event{}, err
	}
	var d reader
	top := d.object(text, "type", "challenge", "api_app_id", "team_id", "enterprise_id")
	e := event{origin: origin{app: d.text(top["api_app_id"], maxID), team: d.text(top["team_id"], maxID),
		enterprise: d.text(top["enterprise_id"], maxID)}}
	switch d.text(top["type"], maxKey) {
	case "url_verification":
		if e.challenge = d.text(top["challenge"], maxID); e.challenge == "" {
			d.fail()
		}
	case "event_callback", "app_rate_limited":
	default:
		d.fail()
	}
	return e, d.err
}

// admitEvent is admit for what no person did.
func (i Identity) admitEvent(o origin) error {
	switch {
	case o.app == "" || o.app != i.AppID:
		return WrongApp
	case !i.here(o):
		return WrongTeam
	}
	return nil
}

// envelope is one frame of Socket Mode.
type envelope struct {
	kind, id string
	payload  raw
	answers  bool // Slack takes a payload with the acknowledgement
	retry    bool
}

// decodeEnvelope reads a frame. The payload is a slice of it.
func decodeEnvelope(frame []byte) (envelope, error) {
	text, err := parse(frame)
	if err != nil {
		return envelope{}, err
	}
	var d reader
	top := d.object(text, "type", "envelope_id", "payload", "accepts_response_payload", "retry_attempt")
	e := envelope{
		kind: d.text(top["type"], maxKey), id: d.text(top["envelope_id"], maxID), payload: top["payload"],
		answers: string(top["accepts_response_payload"]) == "true",
		retry:   len(top["retry_attempt"]) > 0 && string(top["retry_attempt"]) != "0",
	}
	return e, d.err
}
