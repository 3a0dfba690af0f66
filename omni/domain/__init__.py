"""The nouns and rules of Omni, as plain values and tables; nothing here knows the web, a session or a clock.

Market       where and under which law: country, currency, time zone, locales in order, display rules, host
Campaign     one marketing action; has editions
Edition      a campaign in one market: local windows, prices, terms, caps, policies; everything printed
             belongs to one edition and revision
Offer        a benefit, its conditions, and where it can be spent
Bundle       the offers (items, quantities, price) one code unlocks together
Touchpoint   kind of place: receipt, pop-up, demo, screen, live, parcel, shared link
Placement    one concrete place: till 4 in the Graz store, a pop-up in Shibuya in week 46
Batch        a contiguous range of code numbers issued together for one placement and bundle; test or live
Code         a sealed number printed in a QR; personal codes serve one shopper, a shared code (poster, screen)
             hands each shopper a personal one
Receipt      the offline purchase a code was printed for; its number and total may be missing
Scan         one opening of a code's page: human, bot, prefetch or repeat
Orphan scan  a scan of something that is not one of our codes
Terms version  the frozen legal text of an edition in one locale, with its hash
Claim        a shopper accepted a terms version and unlocked the bundle; lives until its printed date, one per
             number, for ever
Voucher      what the web shop receives of a claim, derived from the number
Hold         stock or a cap reserved for a claim for some minutes; its end, a Release, is a fact too
Entitlement  what a claim may still spend of one bundle line
Redemption   one spending of entitlements against an order, with its lines
Reversal     a redemption, or a part of it, taken back; itself a fact
Refusal      a rule said no, with a stable reason; counted per number, reason and quarter
Arm          treatment or control; the unit is a member or a placement-day, never a printed code
Print run    something was printed: what revision, price, how many, where, by whom
Spool        the local append-only file scans are written to before they are folded into the database
Cube         counts and amounts per edition, placement, variant, locale, kind and time: what statistics read
Outbox message  a fact on its way to the cube and to subscribers
"""
