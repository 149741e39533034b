//! Invitations, who may change whom, address lists.

use kabinet_app::features::staff::{self, Access, Added, NewStaff};
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_model::role::{Permission, Role};
use kabinet_testing::smtp::SmtpServer;
use serde_json::json;

use crate::both_engines;
use crate::browser::{Browser, PASSWORD, email_of};
use crate::sign_in::Mailbox;
use crate::support::{self, TestApp};

/// The path of an invitation's API from its link.
fn path(link: &str) -> String {
    format!("/api/v1/invitations/{}", link.rsplit_once('/').unwrap().1)
}

both_engines! {
    // spec: B004
    async fn an_invitation_makes_somebody_staff(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let mailbox = Mailbox::of(&app);
        let form = json!({"email": "Иван@example.com", "name": "Иван", "role": "support", "extra_permissions": ["users.export"], "workspaces": ["replies"], "ip_allow_list": ["127.0.0.0/8"]});
        let made = admin.post("/api/v1/staff/invitations", form).await.expect(201);
        assert_eq!(made["mailed"], true);
        let link = mailbox.link().await;
        assert_eq!(made["link"], link);
        assert_eq!(admin.get("/api/v1/staff/invitations").await.body["data"][0]["email"], "Иван@example.com");

        let guest = Browser::new(&app);
        let card = guest.get(&path(&link)).await.expect(200);
        assert_eq!((card["email"].as_str(), card["role"].as_str()), (Some("Иван@example.com"), Some("support")));
        guest.post(&path(&link), json!({"name": "Иван", "password": "qwertyuiop12"})).await.problem(422, "invalid");
        let session = guest.post(&path(&link), json!({"name": "Иван Петров", "password": PASSWORD})).await.expect(201);
        assert_eq!(session["staff"]["name"], "Иван Петров");
        assert_eq!(session["staff"]["workspaces"], json!(["replies"]));
        assert_eq!(session["staff"]["ip_allow_list"], json!(["127.0.0.0/8"]));
        assert!(session["staff"]["permissions"].as_array().unwrap().contains(&json!("users.export")));
        guest.post(&path(&link), json!({"name": "Иван", "password": PASSWORD})).await.problem(404, "not_found");
        let again = json!({"email": "иван@EXAMPLE.com", "name": "Иван", "role": "support"});
        admin.post("/api/v1/staff/invitations", again).await.problem(409, "already_staff");
    }

    // spec: B004
    async fn invitations_end(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let invite = async |email: &str| admin.post("/api/v1/staff/invitations", json!({"email": email, "name": "Guest", "role": "readonly"})).await.expect(201);
        let guest = Browser::new(&app);

        let first = invite("guest@example.com").await;
        assert_eq!(first["mailed"], false);
        let second = invite("guest@example.com").await;
        guest.get(&path(first["link"].as_str().unwrap())).await.problem(404, "not_found");
        admin.delete(&format!("/api/v1/staff/invitations/{}", second["id"].as_str().unwrap())).await.expect(204);
        guest.get(&path(second["link"].as_str().unwrap())).await.problem(404, "not_found");
        let third = invite("guest@example.com").await;
        app.pass(7 * 24 * 60 * 60_000);
        guest.get(&path(third["link"].as_str().unwrap())).await.problem(404, "not_found");
    }

    // spec: B004
    async fn what_is_asked_of_an_invitation_is_checked(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let form = json!({"email": "guest@example.com", "name": "Guest", "role": "support", "workspaces": ["replies", "nowhere"], "ip_allow_list": ["10.0.0.0/8", "home"]});
        let refused = admin.post("/api/v1/staff/invitations", form).await.problem(422, "invalid");
        let pointers: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/workspaces/1", "/ip_allow_list/1"]);
        let form = json!({"email": "not an address", "name": " ", "role": "support"});
        let refused = admin.post("/api/v1/staff/invitations", form).await.problem(422, "invalid");
        assert_eq!(refused["errors"].as_array().unwrap().len(), 2);
        admin.post("/api/v1/staff/invitations", json!({"email": "a@b.co", "name": "A", "role": "king"})).await.problem(422, "invalid");
        admin.post("/api/v1/staff/invitations", json!({"email": "a@b.co", "name": "A", "role": "support", "shoe_size": 43})).await.problem(422, "invalid");
    }

    // spec: B004
    async fn nobody_gives_or_takes_more_than_they_hold(app: TestApp) {
        let head = app.hire("head@example.com", Access::everything()).await;
        let leads = Access { role: Role::Support, extra_permissions: vec![Permission::StaffManage], workspaces: Some(vec!["replies".into()]), ..Access::everything() };
        app.hire("lead@example.com", leads).await;
        let helper = app.hire("helper@example.com", Access { role: Role::Readonly, workspaces: Some(vec!["replies".into()]), ..Access::everything() }).await;
        let lead = Browser::new(&app);
        lead.sign_in("lead@example.com").await.expect(201);

        let change = async |id: &str, body| lead.patch(&format!("/api/v1/staff/{id}"), body).await;
        change(&head, json!({"disabled": true})).await.problem(403, "forbidden");
        change(&helper, json!({"role": "super_admin"})).await.problem(403, "forbidden");
        change(&helper, json!({"extra_permissions": ["users.export"]})).await.problem(403, "forbidden");
        change(&helper, json!({"workspaces": null})).await.problem(403, "forbidden");
        let changed = change(&helper, json!({"role": "support", "extra_permissions": ["staff.manage", "staff.manage"]})).await.expect(200);
        assert_eq!(changed["extra_permissions"], json!(["staff.manage"]));
        lead.delete(&format!("/api/v1/staff/{head}/sessions")).await.problem(403, "forbidden");
        let invitation = |role: &str, workspaces| json!({"email": "new@example.com", "name": "New", "role": role, "workspaces": workspaces});
        lead.post("/api/v1/staff/invitations", invitation("analyst", json!(["replies"]))).await.problem(403, "forbidden");
        lead.post("/api/v1/staff/invitations", invitation("support", json!(null))).await.problem(403, "forbidden");
        lead.post("/api/v1/staff/invitations", invitation("support", json!(["replies"]))).await.expect(201);
    }

    // spec: B004
    async fn the_last_super_admin_stays(app: TestApp) {
        let first = app.signed_in(Role::SuperAdmin).await;
        let id = first.get("/api/v1/session").await.body["staff"]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/staff/{id}");
        for change in [json!({"role": "support"}), json!({"disabled": true}), json!({"workspaces": ["replies"]})] {
            first.patch(&path, change).await.problem(409, "last_super_admin");
        }
        app.hire("second@example.com", Access::everything()).await;
        first.patch(&path, json!({"role": "support"})).await.expect(200);
        assert!(!first.is_signed_in().await, "a new role ends the sessions");
    }

    // spec: B004
    async fn a_closed_account_ends_at_once_and_may_be_opened_again(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let browser = app.signed_in(Role::Support).await;
        let id = browser.get("/api/v1/session").await.body["staff"]["id"].as_str().unwrap().to_owned();
        assert_eq!(admin.get(&format!("/api/v1/staff/{id}/sessions")).await.expect(200)["data"].as_array().unwrap().len(), 1);
        admin.delete(&format!("/api/v1/staff/{id}/sessions")).await.expect(204);
        assert!(!browser.is_signed_in().await);
        browser.sign_in(&email_of(Role::Support)).await.expect(201);
        admin.patch(&format!("/api/v1/staff/{id}"), json!({"disabled": true})).await.expect(200);
        assert!(!browser.is_signed_in().await);
        admin.patch(&format!("/api/v1/staff/{id}"), json!({"disabled": false})).await.expect(200);
        browser.sign_in(&email_of(Role::Support)).await.expect(201);
    }

    // spec: B004, B005
    async fn an_address_list_keeps_people_out_from_elsewhere(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let browser = app.signed_in(Role::Support).await;
        let id = browser.get("/api/v1/session").await.body["staff"]["id"].as_str().unwrap().to_owned();
        admin.patch(&format!("/api/v1/staff/{id}"), json!({"ip_allow_list": ["192.0.2.0/24"]})).await.expect(200);
        browser.get("/api/v1/session").await.problem(403, "address_not_allowed");
        browser.sign_in(&email_of(Role::Support)).await.problem(403, "address_not_allowed");
        let spoofed = browser.request(reqwest::Method::GET, "/api/v1/session").header("x-forwarded-for", "192.0.2.1").send().await.unwrap();
        assert_eq!(spoofed.status(), 403, "what the client says about itself is not believed");
        admin.patch(&format!("/api/v1/staff/{id}"), json!({"ip_allow_list": ["127.0.0.1"]})).await.expect(200);
        assert!(browser.is_signed_in().await);
    }

    // spec: B004
    async fn people_see_colleagues_of_their_workspaces(app: TestApp) {
        kabinet_app::features::workspaces::create(&app.app, "other".parse().unwrap(), &Actor::system()).await.unwrap();
        let only = |slug: &str| Access { role: Role::Support, workspaces: Some(vec![slug.into()]), ..Access::everything() };
        app.hire("here@example.com", only("replies")).await;
        app.hire("there@example.com", only("other")).await;
        app.hire("everywhere@example.com", Access::everything()).await;
        let browser = Browser::new(&app);
        let session = browser.sign_in("here@example.com").await.expect(201);
        assert_eq!(session["workspaces"].as_array().unwrap().len(), 1);
        let seen = browser.get("/api/v1/staff").await.expect(200);
        let emails: Vec<_> = seen["data"].as_array().unwrap().iter().map(|staff| staff["email"].as_str().unwrap()).collect();
        assert_eq!(emails, ["here@example.com", "everywhere@example.com"]);
    }

    // spec: B004
    async fn people_change_their_own_profile(app: TestApp) {
        let browser = app.signed_in(Role::Readonly).await;
        let changed = browser.patch("/api/v1/me", json!({"name": " Анна ", "locale": "ru", "time_zone": "Asia/Tashkent"})).await.expect(200);
        assert_eq!((changed["name"].as_str(), changed["locale"].as_str(), changed["time_zone"].as_str()), (Some("Анна"), Some("ru"), Some("Asia/Tashkent")));
        browser.patch("/api/v1/me", json!({"time_zone": "Asia/Nowhere"})).await.problem(422, "invalid");
        browser.patch("/api/v1/me", json!({"role": "super_admin"})).await.problem(422, "invalid");
        assert_eq!(browser.get("/api/v1/session").await.body["staff"]["role"], "readonly");
    }

    // spec: B004
    async fn the_command_line_adds_staff_with_a_link_or_a_password(app: TestApp) {
        let add = async |email: &str, password: Option<&str>| {
            let new = NewStaff { email: email.into(), name: "Anna".into(), access: Access::everything(), password: password.map(Into::into) };
            staff::add(&app.app, new, &Actor::cli(), &RequestFacts::default()).await
        };
        let Ok(Added::Invited { link }) = add("anna@example.com", None).await else { panic!("a link") };
        assert!(link.starts_with(&format!("{}/invitations/", app.app.config.public_url)));
        Browser::new(&app).post(&path(&link), json!({"name": "Anna", "password": PASSWORD})).await.expect(201);
        let Err(twice) = add("Anna@example.com", Some(PASSWORD)).await else { panic!("a refusal") };
        assert_eq!(twice.code, "already_staff");
        let Err(weak) = add("boris@example.com", Some("password1234")).await else { panic!("a refusal") };
        assert_eq!(weak.code, "invalid");
    }

    // spec: B004
    async fn mail_to_staff_leaves_through_a_workspace_they_may_enter(app: TestApp) {
        let server = SmtpServer::start();
        let admin = app.signed_in(Role::SuperAdmin).await;
        kabinet_app::features::workspaces::create(&app.app, "other".parse().unwrap(), &Actor::system()).await.unwrap();
        let smtp = json!({"host": "127.0.0.1", "port": server.port(), "security": "none", "from": "kabinet@example.com"});
        admin.put("/api/v1/replies/channels/smtp", smtp).await.expect(200);
        let invite = async |email: &str, workspace: &str| {
            let form = json!({"email": email, "name": "Guest", "role": "readonly", "workspaces": [workspace]});
            admin.post("/api/v1/staff/invitations", form).await.expect(201)
        };
        let here = invite("here@example.com", "replies").await;
        assert_eq!(here["mailed"], true);
        let mail = server.mail_to("here@example.com").await;
        assert!(mail.plain.unwrap().contains(here["link"].as_str().unwrap()));
        assert_eq!(invite("there@example.com", "other").await["mailed"], false);
        assert_eq!(server.mails().len(), 1);
    }
}
