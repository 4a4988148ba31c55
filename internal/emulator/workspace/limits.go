package workspace

// Slack's limits, in characters unless the name says otherwise (docs:
// reference/block-kit, reference/views, reference/methods/chat.update).
const (
	maxViewStack = 3
	maxViewBytes = 250_000

	maxBlocksInView    = 100
	maxBlocksInMessage = 50
	maxMessageText     = 40_000
	maxUpdateText      = 4_000

	maxViewTitle       = 24 // title, submit and close
	maxCallbackID      = 255
	maxPrivateMetadata = 3_000
	maxExternalID      = 255
	maxID              = 255 // block_id, action_id

	maxText         = 3_000
	maxFields       = 10
	maxFieldText    = 2_000
	maxHeader       = 150
	maxContext      = 10 // elements of a context block
	maxActions      = 25 // elements of an actions block
	maxContextItems = 5  // elements of a context_actions block
	maxLabel        = 2_000
	maxHint         = 2_000
	maxPlaceholder  = 150
	maxInputLength  = 3_000

	maxButtonText  = 75
	maxButtonValue = 2_000
	maxURL         = 3_000
	maxA11yLabel   = 75

	maxOptions      = 100
	maxOptionGroups = 100
	maxBoxes        = 10 // options of checkboxes and radio buttons
	maxOverflow     = 5
	maxOptionText   = 75 // text, description and group label
	maxOptionValue  = 75 // some of Slack's libraries say 150

	maxConfirmTitle  = 100
	maxConfirmText   = 300
	maxConfirmButton = 30

	maxAltText       = 2_000
	maxImageTitle    = 2_000
	maxFiles         = 10
	maxMarkdown      = 12_000 // of all markdown blocks of a message together
	maxTableRows     = 100
	maxTableCells    = 20
	maxEnvelopeReply = 20_480 // bytes; Slack drops replies of this size and more silently
)
